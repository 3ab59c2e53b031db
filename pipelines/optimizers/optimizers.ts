import { z } from 'zod';
import { adadelta } from '../../src/optimizers/adadelta.ts';
import { adagrad } from '../../src/optimizers/adagrad.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { initialCritical } from '../../src/training/schedules/initialCritical.ts';
import { checked } from '../../src/validation.ts';
import { type MeasuredRow, measuredRows } from '../measured/measuredRows.ts';
import { MeasuredSummary } from '../measured/measuredSummary.ts';
import { regressionModel, regressionOptions, regressionTask } from '../measured/regressionOptions.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { Pipeline } from '../pipeline.ts';

/** The methods by name; a rate of null is given in units of the critical one instead. */
const methods = {
  sgd: { optimizer: () => gradientDescent(), learningRate: null },
  momentum: { optimizer: () => gradientDescent({ momentum: 0.9 }), learningRate: null },
  adam: { optimizer: () => adam(), learningRate: 0.05 },
  rmsprop: { optimizer: () => rmsprop({ alpha: 0.99 }), learningRate: 0.01 },
  adagrad: { optimizer: () => adagrad(), learningRate: 0.1 },
  adadelta: { optimizer: () => adadelta({ rho: 0.9, epsilon: 1e-6 }), learningRate: 1 },
} as const satisfies Record<string, { optimizer: () => Optimizer; learningRate: number | null }>;

type MethodName = keyof typeof methods;

const Options = z.strictObject({
  ...regressionOptions,
  optimizer: z.enum(Object.keys(methods) as [MethodName, ...MethodName[]]).default('sgd'),
  factor: z
    .number()
    .positive()
    .optional()
    .describe(
      'of sgd and momentum: learning rate in units of n / lambda_max of the initial kernel (default: .7 and .07)',
    ),
  learningRate: z.number().positive().optional().describe('of the others (default: .05, .01, .1 and 1)'),
  batchSize: z.int().min(1).default(10).describe('samples a step'),
  steps: z.int().min(1).default(20_000).describe('most updates to make'),
  stopAt: z.number().positive().default(1e-3).describe('loss of the whole training set at which the run ends'),
});

export type OptimizersOptions = z.input<typeof Options>;

/**
 * Small batches with one optimizer or another: what the network has learned, by its AGOP, and how it does on the test set.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 4, "AGOP alignment and generalisation".
 */
export const optimizersPipeline: Pipeline<typeof Options, MeasuredRow> = {
  name: 'optimizers',
  description: 'one optimizer or another: AGOP alignment beside the test loss',
  options: Options,
  prepare: async (options, context = {}) => {
    const chosen = checked('optimizers', Options, options);
    const { optimizer: method, factor, samples, batchSize, steps, stopAt, seed, backend } = chosen;
    const { optimizer, learningRate: usual } = methods[method];
    if (usual === null && chosen.learningRate !== undefined) {
      throw new RangeError(
        `optimizers: learningRate = ${chosen.learningRate}: expected none with ${method}, whose rate is given as factor`,
      );
    }
    if (usual !== null && factor !== undefined) {
      throw new RangeError(
        `optimizers: factor = ${factor}: expected none with ${method}, whose rate is given as learningRate`,
      );
    }
    if (batchSize > samples) {
      throw new RangeError(`optimizers: batchSize = ${batchSize}: expected at most the ${samples} samples`);
    }
    const made = optimizer();
    const rate = chosen.learningRate ?? usual;
    const critical = factor ?? (method === 'momentum' ? 0.07 : 0.7);
    const name = `optimizers-${method}-${rate === null ? `c${critical}` : `lr${rate}`}-seed${seed}`;
    const spec = {
      name,
      task: regressionTask(chosen),
      model: regressionModel(chosen),
      optimizer: made,
      // The critical rate of the heavy ball is 1 + beta times that of gradient descent, which is the unit here.
      learningRate: rate ?? initialCritical(critical / (1 + made.momentum)),
      batchSize,
      steps,
      expectedSteps: Math.min(steps, 1500),
      seed,
      backend,
    };
    const epoch = Math.floor(samples / batchSize);
    const rows = measuredRows({ spec, stopAt, every: Math.max(20, epoch) }, await trainingOf(name, context));
    return { name, rows, summary: new MeasuredSummary() };
  },
};
