import { z } from 'zod';
import { normalArray, randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

/** The true functions of the paper, of the first few coordinates, with their population AGOP's diagonal. */
const targets = {
  /** x1 x2 */
  r2: { diagonal: [1, 1], value: (x: Float32Array, at: number) => x[at]! * x[at + 1]! },
  /** x1 x2 (1 + x3) */
  r3: { diagonal: [2, 2, 1], value: (x: Float32Array, at: number) => x[at]! * x[at + 1]! * (1 + x[at + 2]!) },
  /** x1 x2 x3 x4 */
  r4: {
    diagonal: [1, 1, 1, 1],
    value: (x: Float32Array, at: number) => x[at]! * x[at + 1]! * x[at + 2]! * x[at + 3]!,
  },
  /** x1 x2 + x3 x4 */
  r4s: {
    diagonal: [1, 1, 1, 1],
    value: (x: Float32Array, at: number) => x[at]! * x[at + 1]! + x[at + 2]! * x[at + 3]!,
  },
} as const;

const Options = z.strictObject({
  target: z.enum(['r2', 'r3', 'r4', 'r4s']).default('r2'),
  dimension: z.int().min(4).default(20),
  samples: z.int().min(1).default(200),
  testSamples: z.int().min(1).default(1000),
  noise: z.number().min(0).default(0.1),
});

/** Options of {@link lowRankRegression}. */
export type LowRankRegressionOptions = z.input<typeof Options>;

/**
 * Regression on a function of a few coordinates: x ~ N(0, I_d), label noise on the training targets only,
 * clean test targets. The AGOP of the true function is taken over the population, diag(1, 1, 0, ...) for r2.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 4.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function lowRankRegression(options: LowRankRegressionOptions = {}): Task {
  const { target, dimension, samples, testSamples, noise } = checked('lowRankRegression', Options, options);
  const { diagonal, value } = targets[target];
  const draw = (seed: number, set: string, size: number, deviation: number): Dataset => {
    const inputs = normalArray(randomStream(seed, 'inputs', set), size * dimension);
    const noises = randomStream(seed, 'noise', set);
    const outputs = Float32Array.from(
      { length: size },
      (_, index) => value(inputs, index * dimension) + (deviation > 0 ? deviation * noises.normal() : 0),
    );
    return { inputs, targets: outputs, size, dimension, outputs: 1 };
  };
  return {
    name: target,
    classes: null,
    description: { task: 'lowRankRegression', target, dimension, samples, testSamples, noise },
    data: (seed) => ({
      train: draw(seed, 'train', samples, noise),
      test: draw(seed, 'test', testSamples, 0),
      agopReference: {
        from: 'the true function',
        diagonal: Float64Array.from({ length: dimension }, (_, index) => diagonal[index] ?? 0),
      },
    }),
  };
}
