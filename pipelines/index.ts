export { type BatchSizeOptions, type BatchSizeRow, batchSizePipeline } from './batchSize/batchSize.ts';
export type { CatapultRow } from './catapults/catapultRows.ts';
export { type CatapultsOptions, catapultsPipeline } from './catapults/catapults.ts';
export {
  type FeedbackControlOptions,
  type FeedbackControlRow,
  feedbackControlPipeline,
} from './catapults/feedbackControl.ts';
export { type ReferenceOptions, referenceAgop } from './catapults/referenceAgop.ts';
export { type FriendlySamOptions, type FriendlySamRow, friendlySamPipeline } from './friendlySam/friendlySam.ts';
export { grokkingPipeline } from './grokking/grokking.ts';
export type { GrokkingOptions } from './grokking/grokkingOptions.ts';
export type { GrokkingRow } from './grokking/grokkingRows.ts';
export {
  type LossFunctionsOptions,
  type LossFunctionsRow,
  lossFunctionsPipeline,
} from './lossFunctions/lossFunctions.ts';
export type { MeasuredRow } from './measured/measuredRows.ts';
export { type OptimizersOptions, optimizersPipeline } from './optimizers/optimizers.ts';
export type { Law, Pipeline, PipelineContext, PreparedRun, Summary } from './pipeline.ts';
export { type AnyPipeline, pipelines } from './registry.ts';
export { rootFreePipeline } from './rootFree/rootFree.ts';
export type { RootFreeOptions } from './rootFree/rootFreeOptions.ts';
export type { RootFreeRow } from './rootFree/rootFreeTraining.ts';
export { studies } from './studies.ts';
export { type RunStudyOptions, runStudy } from './study/runStudy.ts';
export type { Check, Claim, Study, StudyColumn, StudyPart, StudyVariant } from './study/study.ts';
export type { StudyReport } from './study/studyReport.ts';
export { type WatchOptions, watchPipeline } from './watch.ts';
