import type { Observable } from 'rxjs';
import { z } from 'zod';
import { type BatchResponseFields, batchResponse } from '../../src/operators/batchResponse.ts';
import { initialCritical } from '../../src/training/schedules/initialCritical.ts';
import { checked } from '../../src/validation.ts';
import { type MeasuredRow, measuredRows } from '../measured/measuredRows.ts';
import { regressionModel, regressionOptions, regressionTask } from '../measured/regressionOptions.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { Pipeline } from '../pipeline.ts';
import { BatchSizeSummary } from './batchSizeSummary.ts';

const Options = z.strictObject({
  ...regressionOptions,
  batchSize: z.int().min(1).default(10).describe('samples a step, drawn without replacement within an epoch'),
  factor: z
    .number()
    .positive()
    .default(0.7)
    .describe(
      'learning rate in units of the critical one of the whole initial training set; above .7 batches of 5 diverge',
    ),
  steps: z.int().min(1).default(20_000).describe('most updates to make'),
  stopAt: z.number().positive().default(1e-3).describe('loss of the whole training set at which the run ends'),
});

export type BatchSizeOptions = z.input<typeof Options>;

export interface BatchSizeRow extends MeasuredRow {
  readonly batchResponse: BatchResponseFields;
}

/**
 * Stochastic gradient descent at a rate that is stable for the whole training set and not for every batch: the smaller the
 * batches, the more of them lie above their own critical rate, and the more often the loss spikes.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 4, "catapults in SGD".
 */
export const batchSizePipeline: Pipeline<typeof Options, BatchSizeRow> = {
  name: 'batch-size',
  description: 'stochastic gradient descent: which batches are above their critical rate, and what their spikes do',
  options: Options,
  prepare: async (options, context = {}) => {
    const chosen = checked('batchSize', Options, options);
    const { batchSize, samples, factor, steps, stopAt, seed, backend } = chosen;
    if (batchSize > samples) {
      throw new RangeError(`batchSize: batchSize = ${batchSize}: expected at most the ${samples} samples`);
    }
    const name = `batch-size-${chosen.target}-b${batchSize}-c${factor}-seed${seed}`;
    const spec = {
      name,
      task: regressionTask(chosen),
      model: regressionModel(chosen),
      learningRate: initialCritical(factor),
      batchSize,
      steps,
      expectedSteps: Math.min(steps, 1500),
      seed,
      backend,
    };
    const epoch = Math.floor(samples / batchSize);
    const rows = measuredRows({ spec, stopAt, every: Math.max(10, epoch) }, await trainingOf(name, context)).pipe(
      batchResponse(),
    ) as Observable<BatchSizeRow>;
    return { name, rows, summary: new BatchSizeSummary() };
  },
};
