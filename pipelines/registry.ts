import type { z } from 'zod';
import type { Row } from '../src/step.ts';
import { batchSizePipeline } from './batchSize/batchSize.ts';
import { catapultsPipeline } from './catapults/catapults.ts';
import { feedbackControlPipeline } from './catapults/feedbackControl.ts';
import { friendlySamPipeline } from './friendlySam/friendlySam.ts';
import { grokkingPipeline } from './grokking/grokking.ts';
import { lossFunctionsPipeline } from './lossFunctions/lossFunctions.ts';
import { optimizersPipeline } from './optimizers/optimizers.ts';
import type { Pipeline } from './pipeline.ts';
import { rootFreePipeline } from './rootFree/rootFree.ts';
import { watchPipeline } from './watch.ts';

/** A pipeline of whatever options and rows: its name and its schema are what is known of it. */
export type AnyPipeline = Pipeline<z.ZodType, Row>;

/**
 * The pipelines of the library by the names under which `onager/pipelines` exports them, which is how a worker thread
 * finds one.
 */
export const pipelines: { readonly [exported: string]: AnyPipeline } = {
  catapultsPipeline: catapultsPipeline as unknown as AnyPipeline,
  batchSizePipeline: batchSizePipeline as unknown as AnyPipeline,
  optimizersPipeline: optimizersPipeline as unknown as AnyPipeline,
  lossFunctionsPipeline: lossFunctionsPipeline as unknown as AnyPipeline,
  feedbackControlPipeline: feedbackControlPipeline as unknown as AnyPipeline,
  friendlySamPipeline: friendlySamPipeline as unknown as AnyPipeline,
  grokkingPipeline: grokkingPipeline as unknown as AnyPipeline,
  rootFreePipeline: rootFreePipeline as unknown as AnyPipeline,
  watchPipeline: watchPipeline as unknown as AnyPipeline,
};
