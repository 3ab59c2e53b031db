export { type BatchSizeOptions, type BatchSizeRow, batchSizePipeline } from './batchSize.ts';
export type { CatapultRow } from './catapultRows.ts';
export { type CatapultsOptions, catapultsPipeline } from './catapults.ts';
export {
  type FeedbackControlOptions,
  type FeedbackControlRow,
  feedbackControlPipeline,
} from './feedbackControl.ts';
export { type FriendlySamOptions, type FriendlySamRow, friendlySamPipeline } from './friendlySam.ts';
export { type GrokkingOptions, grokkingPipeline } from './grokking.ts';
export type { GrokkingRow } from './grokkingRows.ts';
export { type LossFunctionsOptions, type LossFunctionsRow, lossFunctionsPipeline } from './lossFunctions.ts';
export type { MeasuredRow } from './measuredRows.ts';
export { type OptimizersOptions, optimizersPipeline } from './optimizers.ts';
export type { Law, Pipeline, PipelineContext, PreparedRun, Summary } from './pipeline.ts';
export { type ReferenceOptions, referenceAgop } from './referenceAgop.ts';
export { type AnyPipeline, pipelines } from './registry.ts';
export { rootFreePipeline } from './rootFree.ts';
export type { RootFreeOptions } from './rootFreeOptions.ts';
export type { RootFreeRow } from './rootFreeTraining.ts';
export { studies } from './studies.ts';
export { type RunStudyOptions, runStudy } from './study/runStudy.ts';
export type { Check, Claim, Study, StudyColumn, StudyPart, StudyVariant } from './study/study.ts';
export type { StudyReport } from './study/studyReport.ts';
export { type WatchOptions, watchPipeline } from './watch.ts';
