import { z } from 'zod';
import { mlp } from '../../src/models/mlp.ts';
import type { Model } from '../../src/models/model.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Task } from '../../src/tasks/task.ts';

/** What the pipelines on regression have in common; the defaults are the setting of most of the paper's claims. */
export const regressionOptions = {
  target: z.enum(['r2', 'r3', 'r4', 'r4s']).default('r2').describe('the true function'),
  dimension: z.int().min(4).default(20).describe('inputs'),
  samples: z.int().min(2).default(200).describe('training samples'),
  testSamples: z.int().min(1).default(1000).describe('test samples'),
  width: z.int().min(1).default(256).describe('width of the hidden layers'),
  depth: z.int().min(1).default(1).describe('hidden layers'),
  seed: z.int().default(0).describe('determines data, initialisation and order'),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('where to compute'),
};

const Chosen = z.strictObject(regressionOptions);
type RegressionChoice = z.output<typeof Chosen>;

/** The task that the options mean. */
export function regressionTask({ target, dimension, samples, testSamples }: RegressionChoice, noise = 0.1): Task {
  return lowRankRegression({ target, dimension, samples, testSamples, noise });
}

/** The network that the options mean, in the NTK parameterisation. */
export function regressionModel({ width, depth }: RegressionChoice, initialScale = 1): Model {
  return mlp({ widths: new Array<number>(depth).fill(width), initialScale });
}
