import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import { elementwise } from './elementwise.ts';
import { epsilonPlacement, rootWithEpsilon } from './epsilon.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, preconditionedDescent } from './preconditionedDescent.ts';

const Options = z.strictObject({
  /** What the sums of squares start from; TensorFlow's is 0.1. */
  initial: z.number().min(0).default(0),
  epsilon: z.number().min(0).default(1e-10),
  epsilonPlacement,
  ...decayOptions,
});

export type AdagradOptions = z.input<typeof Options>;

/**
 * Adagrad: s <- s + g^2, w <- w - lr g / (sqrt(s) + eps).
 * Source: Duchi, Hazan, Singer 2011 (JMLR 12), figure 1, diagonal form without projection.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const chosen = checked('adagrad', Options, options);
  const { initial, epsilon, epsilonPlacement: placement, weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: 'Adagrad',
    description: { optimizer: 'adagrad', ...chosen },
    momentum: momentumOf({ momentum: 0, nesterov: false }),
    weightDecay,
    decay,
    preconditioner: elementwise({
      initial: { squares: initial },
      definedAtStart: initial > 0,
      absorb: ({ squares }, gradient) => ({ squares: tf.add(squares, tf.square(gradient)) }),
      apply: ({ squares }, direction) => tf.div(direction, rootWithEpsilon(squares, epsilon, placement)),
    }),
  });
}
