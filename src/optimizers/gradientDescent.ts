import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';

const Options = z.strictObject({
  /** Heavy-ball coefficient beta in v <- beta v + g, w <- w - lr v. */
  momentum: z.number().min(0).lt(1).default(0),
});

/**
 * (Stochastic) gradient descent, w <- w - lr g; with momentum the heavy ball of Polyak (1964) in the form
 * v <- beta v + g, w <- w - lr v, v = 0 at first (the convention of Sutskever et al. 2013 without their lr
 * inside v, which is PyTorch's).
 * @throws {RangeError} unless 0 <= momentum < 1.
 */
export function gradientDescent(options: z.input<typeof Options> = {}): Optimizer {
  const { momentum } = checked('gradientDescent', Options, options);
  return {
    name: momentum === 0 ? 'gradient descent' : 'gradient descent with momentum',
    description: { optimizer: 'gradientDescent', momentum },
    momentum,
    start() {
      let velocities: tf.Tensor[] | undefined;
      return {
        update(parameters, gradients, learningRate) {
          if (momentum > 0) {
            const previous = velocities;
            velocities = gradients.map((gradient, index) =>
              tf.keep(
                previous === undefined
                  ? gradient.clone()
                  : tf.tidy(() => tf.add(tf.mul(previous[index]!, momentum), gradient)),
              ),
            );
            for (const velocity of previous ?? []) velocity.dispose();
          }
          const directions = velocities ?? gradients;
          return parameters.map((parameter, index) =>
            tf.tidy(() => tf.sub(parameter, tf.mul(directions[index]!, learningRate))),
          );
        },
        dispose() {
          for (const velocity of velocities ?? []) velocity.dispose();
          velocities = undefined;
        },
      };
    },
  };
}
