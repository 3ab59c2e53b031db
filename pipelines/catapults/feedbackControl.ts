import type { Observable } from 'rxjs';
import { z } from 'zod';
import { type CatapultFields, catapults } from '../../src/operators/catapults.ts';
import { catapultBursts } from '../../src/training/schedules/catapultBursts.ts';
import { critical } from '../../src/training/schedules/critical.ts';
import { checked } from '../../src/validation.ts';
import { type MeasuredRow, measuredRows } from '../measured/measuredRows.ts';
import { MeasuredSummary } from '../measured/measuredSummary.ts';
import { regressionModel, regressionOptions, regressionTask } from '../measured/regressionOptions.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { Pipeline } from '../pipeline.ts';

const Options = z.strictObject({
  ...regressionOptions,
  bursts: z.int().min(0).default(2).describe('catapults on demand, before training as usual'),
  factor: z.number().positive().default(1.3).describe('rate of a burst, in units of the critical rate of the moment'),
  base: z.number().positive().default(0.5).describe('rate otherwise, in units of the initial critical rate'),
  shrink: z.number().positive().lt(1).default(0.5).describe('part of lambda_max that a burst leaves'),
  follow: z
    .number()
    .positive()
    .optional()
    .describe('a control: no bursts, but this many critical rates of the moment at every step'),
  initialScale: z.number().positive().default(1).describe('a control: factor on all initial weights'),
  steps: z.int().min(1).default(5000).describe('most updates to make'),
  stopAt: z.number().positive().default(1e-3).describe('training loss at which the run ends'),
});

export type FeedbackControlOptions = z.input<typeof Options>;

export interface FeedbackControlRow extends MeasuredRow {
  readonly catapults: CatapultFields;
}

/**
 * Gradient descent with a learning rate that is led by the measured kernel: catapults on demand, until lambda_max has
 * fallen far enough, then the rate of the start.
 */
export const feedbackControlPipeline: Pipeline<typeof Options, FeedbackControlRow> = {
  name: 'feedback-control',
  description: 'catapults on demand: the learning rate is led by the measured kernel',
  options: Options,
  prepare: async (options, context = {}) => {
    const chosen = checked('feedbackControl', Options, options);
    const { bursts, factor, base, shrink, follow, initialScale, steps, stopAt, seed, backend } = chosen;
    const rate = follow === undefined ? catapultBursts({ bursts, factor, base, shrink }) : critical(follow);
    const led = follow === undefined ? `k${bursts}` : `follow${follow}`;
    const scaled = initialScale === 1 ? '' : `-init${initialScale}`;
    const name = `feedback-control-${chosen.target}-${led}${scaled}-seed${seed}`;
    const spec = {
      name,
      task: regressionTask(chosen),
      model: regressionModel(chosen, initialScale),
      learningRate: rate,
      steps,
      expectedSteps: Math.min(steps, 600),
      seed,
      backend,
    };
    const rows: Observable<FeedbackControlRow> = measuredRows(
      { spec, stopAt, every: 20, kernelEvery: 1, detection: { patience: 1000, noise: 0 } },
      await trainingOf(name, context),
    ).pipe(catapults());
    return { name, rows, summary: new MeasuredSummary() };
  },
};
