export type { CatapultRow } from './catapultRows.ts';
export { type CatapultsOptions, catapultsPipeline } from './catapults.ts';
export { type GrokkingOptions, grokkingPipeline } from './grokking.ts';
export type { GrokkingRow } from './grokkingRows.ts';
export type { Pipeline, PipelineContext, PreparedRun, Summary } from './pipeline.ts';
export { type ReferenceOptions, referenceAgop } from './referenceAgop.ts';
export { type AnyPipeline, pipelines } from './registry.ts';
export { type WatchOptions, watchPipeline } from './watch.ts';
