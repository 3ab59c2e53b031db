import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import { elementwise } from './elementwise.ts';
import { epsilonPlacement, rootWithEpsilon } from './epsilon.ts';
import { movingAverage } from './movingAverage.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, momentumOptions, preconditionedDescent } from './preconditionedDescent.ts';

const Options = z.strictObject({
  /** Coefficient of the average of squared gradients. */
  alpha: z.number().min(0).lt(1).default(0.99),
  epsilon: z.number().min(0).default(1e-8),
  epsilonPlacement,
  /** Divides by the root of the variance, s - m^2 with m the average gradient, instead of the second moment. */
  centered: z.boolean().default(false),
  ...momentumOptions,
  ...decayOptions,
});

export type RmspropOptions = z.input<typeof Options>;

/**
 * RMSProp: s <- alpha s + (1 - alpha) g^2, s from 0; u = g / (sqrt(s) + eps); momentum on u; the rate stays
 * outside v. No bias correction.
 * Sources: Tieleman and Hinton 2012 (lecture 6.5); centered: Graves 2013 (arXiv 1308.0850), equations 38-45.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const chosen = checked('rmsprop', Options, options);
  const { alpha, epsilon, epsilonPlacement: placement, centered, weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: centered ? 'centered RMSProp' : 'RMSProp',
    description: { optimizer: 'rmsprop', ...chosen },
    momentum: momentumOf(chosen),
    weightDecay,
    decay,
    preconditioner: centered
      ? elementwise({
          initial: { squares: 0, mean: 0 },
          definedAtStart: false,
          absorb: ({ squares, mean }, gradient) => ({
            squares: movingAverage(squares, tf.square(gradient), alpha),
            mean: movingAverage(mean, gradient, alpha),
          }),
          apply({ squares, mean }, direction) {
            // Of equal gradients, rounding may leave a variance just below 0.
            const variance = tf.abs(tf.sub(squares, tf.square(mean)));
            return tf.div(direction, rootWithEpsilon(variance, epsilon, placement));
          },
        })
      : elementwise({
          initial: { squares: 0 },
          definedAtStart: false,
          absorb: ({ squares }, gradient) => ({ squares: movingAverage(squares, tf.square(gradient), alpha) }),
          apply: ({ squares }, direction) => tf.div(direction, rootWithEpsilon(squares, epsilon, placement)),
        }),
  });
}
