import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import { movingAverage } from './movingAverage.ts';
import type { Optimizer } from './optimizer.ts';
import { type SharpnessAwareMethod, sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z.strictObject({
  ...sharpnessOptions,
  /** How much of the estimated full gradient is taken out of the perturbation; 0 is SAM. */
  sigma: z.number().min(0).default(1),
  /** Coefficient of the moving average m that estimates the full gradient. */
  lambda: z.number().min(0).lt(1).default(0.9),
  /**
   * `published`: m = 0 at first, updated before it is subtracted. `authorsCode`: m = g at the first step, which is
   * plain SAM's, and later updated after it is subtracted. With sigma = 1 the directions are equal but for the
   * beginning of m; otherwise they differ as by another sigma, sigma lambda / (1 - sigma (1 - lambda)).
   */
  form: z.enum(['published', 'authorsCode']).default('authorsCode'),
  adaptive: z.boolean().default(false),
});

export type FriendlySamOptions = z.input<typeof Options>;

/**
 * Friendly SAM over any base optimizer: the perturbation follows what sets the batch apart from the data,
 * q = g - sigma m, m <- lambda m + (1 - lambda) g.
 * Source: Li et al. 2024 (arXiv 2403.12350), algorithm 1, and the authors' code.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function friendlySam(options: FriendlySamOptions = {}): Optimizer {
  const { rho, warmUp, base, adaptive, sigma, lambda, form } = checked('friendlySam', Options, options);
  return sharpnessAware({
    name: adaptive ? 'adaptive Friendly SAM' : 'Friendly SAM',
    description: { optimizer: 'friendlySam', sigma, lambda, form },
    rho,
    warmUp,
    adaptive,
    base,
    perturbation: awayFromAverage(sigma, lambda, form === 'published'),
  });
}

function awayFromAverage(sigma: number, lambda: number, published: boolean): SharpnessAwareMethod['perturbation'] {
  return ({ parameters }, state) => {
    for (const { name, shape } of parameters) state.put(`average/${name}`, tf.zeros([...shape]));
    return {
      direction: ({ gradients }, count) =>
        gradients.map((gradient, index) => {
          const name = `average/${parameters[index]!.name}`;
          const old = state.get(name);
          const first = !published && count === 1;
          const next = first ? tf.clone(gradient) : tf.tidy(() => movingAverage(old, gradient, lambda));
          const subtracted = published ? next : old;
          const direction = first ? tf.clone(gradient) : tf.tidy(() => tf.sub(gradient, tf.mul(subtracted, sigma)));
          state.put(name, next);
          return direction as tf.Tensor;
        }),
    };
  };
}
