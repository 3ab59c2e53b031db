import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import { elementwise } from './elementwise.ts';
import { movingAverage } from './movingAverage.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, preconditionedDescent } from './preconditionedDescent.ts';

const Options = z.strictObject({
  rho: z.number().min(0).lt(1).default(0.9),
  epsilon: z.number().positive().default(1e-6),
  ...decayOptions,
});

export type AdadeltaOptions = z.input<typeof Options>;

/**
 * Adadelta: s <- rho s + (1 - rho) g^2; dx = sqrt(u + eps) / sqrt(s + eps) g with the new s and the old u;
 * u <- rho u + (1 - rho) dx^2; w <- w - lr dx; s and u from 0. The paper's rate is 1.
 * With the old s instead, s = u for ever and the method is plain gradient descent.
 * Source: Zeiler 2012 (arXiv 1212.5701), algorithm 1.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const chosen = checked('adadelta', Options, options);
  const { rho, epsilon, weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: 'Adadelta',
    description: { optimizer: 'adadelta', ...chosen },
    momentum: momentumOf({ momentum: 0, nesterov: false }),
    weightDecay,
    decay,
    preconditioner: elementwise({
      // The quotient outlives its update because u has moved on by then.
      initial: { squares: 0, squaredSteps: 0, quotient: 1 },
      definedAtStart: false,
      absorb({ squares, squaredSteps }, gradient) {
        const next = movingAverage(squares, tf.square(gradient), rho);
        const quotient = tf.div(tf.sqrt(tf.add(squaredSteps, epsilon)), tf.sqrt(tf.add(next, epsilon)));
        const steps = movingAverage(squaredSteps, tf.square(tf.mul(quotient, gradient)), rho);
        return { squares: next, squaredSteps: steps, quotient };
      },
      apply: ({ quotient }, direction) => tf.mul(quotient, direction),
    }),
  });
}
