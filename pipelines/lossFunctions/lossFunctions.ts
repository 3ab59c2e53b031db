import type { Observable } from 'rxjs';
import { z } from 'zod';
import { cnn } from '../../src/models/cnn.ts';
import { type CatapultFields, catapults } from '../../src/operators/catapults.ts';
import { type EigenspaceFields, eigenspace } from '../../src/operators/eigenspace.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { readMnist } from '../../src/sources/idxFiles.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import { initialCritical } from '../../src/training/schedules/initialCritical.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { checked } from '../../src/validation.ts';
import { type MeasuredRow, measuredRows } from '../measured/measuredRows.ts';
import { regressionModel, regressionOptions, regressionTask } from '../measured/regressionOptions.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { Pipeline } from '../pipeline.ts';
import { LossFunctionsSummary } from './lossFunctionsSummary.ts';
import { signOf } from './signOf.ts';

/** What differs between the settings, where nothing else is asked for. */
const settings = {
  square: { samples: 200, stopAt: 1e-3, expectedSteps: 300, kernelEvery: 1 },
  logistic: { samples: 400, stopAt: 0.02, expectedSteps: 3000, kernelEvery: 20 },
  images: { samples: 128, stopAt: 1e-3, expectedSteps: 1000, kernelEvery: 25 },
};

const Options = z.strictObject({
  ...regressionOptions,
  setting: z
    .enum(['square', 'logistic', 'images'])
    .default('square')
    .describe('square loss; cross-entropy on its sign; a convolutional network on the parity of MNIST, square loss'),
  samples: z.int().min(2).optional().describe('training samples (default: 200, 400 and 128)'),
  factor: z
    .number()
    .positive()
    .default(1.2)
    .describe('learning rate in units of the initial critical one, by the rule of the loss and the momentum'),
  momentum: z.number().min(0).lt(1).default(0).describe('of the heavy ball'),
  steps: z.int().min(1).default(20_000).describe('most updates to make'),
  stopAt: z
    .number()
    .positive()
    .optional()
    .describe('training loss at which the run ends (default: .001, .02 and .001)'),
});

export type LossFunctionsOptions = z.input<typeof Options>;
type Chosen = z.output<typeof Options> & { readonly samples: number };

/** A row; what only the square loss on few samples allows at every step is absent from the others. */
export interface LossFunctionsRow extends MeasuredRow {
  readonly eigenspace?: EigenspaceFields;
  readonly catapults?: CatapultFields;
}

/**
 * Full-batch descent at a constant rate around the critical one, beyond gradient descent on the square loss: with
 * momentum, whose critical rate is (1 + beta) n / lambda_max(K); with the logistic loss, 2 n / lambda_max(S^1/2 K S^1/2);
 * with a convolutional network on images.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), sections 2 and 3, and what its reviewers asked for.
 */
export const lossFunctionsPipeline: Pipeline<typeof Options, LossFunctionsRow> = {
  name: 'loss-functions',
  description: 'catapults with momentum, with cross-entropy, and of a convolutional network',
  options: Options,
  prepare: async (options, context = {}) => {
    const given = checked('lossFunctions', Options, options);
    const { setting, factor, momentum, steps, seed, backend } = given;
    const usual = settings[setting];
    const chosen = { ...given, samples: given.samples ?? usual.samples };
    const stopAt = given.stopAt ?? usual.stopAt;
    const name = `loss-functions-${setting}${momentum > 0 ? `-beta${momentum}` : ''}-c${factor}-seed${seed}`;
    const spec = {
      ...(await trained(chosen)),
      name,
      optimizer: gradientDescent({ momentum }),
      learningRate: initialCritical(factor),
      steps,
      expectedSteps: Math.min(steps, usual.expectedSteps),
      seed,
      backend,
    };
    const rows = measuredRows(
      {
        spec,
        stopAt,
        every: 20,
        kernelEvery: usual.kernelEvery,
        // Full-batch descent has no noise, and the way back from a catapult to a tiny loss is long.
        detection: { patience: 1000, noise: 0 },
        aligned: setting !== 'images',
      },
      await trainingOf(name, context),
    );
    const judged: Observable<LossFunctionsRow> =
      setting === 'square' ? rows.pipe(eigenspace({ rank: 1 }), catapults()) : rows;
    return { name, rows: judged, summary: new LossFunctionsSummary() };
  },
};

async function trained(chosen: Chosen): Promise<Pick<TrainingSpec, 'task' | 'model' | 'loss'>> {
  const { setting, samples, testSamples } = chosen;
  if (setting === 'images') {
    const { train, test } = await readMnist();
    return { task: imageClassification(train, test, { name: 'mnist', samples, testSamples }), model: cnn() };
  }
  const model = regressionModel(chosen);
  if (setting === 'square') return { task: regressionTask(chosen), model };
  return { task: signOf(regressionTask(chosen, 0)), model, loss: 'crossEntropy' };
}
