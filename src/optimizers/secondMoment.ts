import * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.ts';
import { movingAverage } from './movingAverage.ts';
import type { PreconditionerFactory } from './preconditioner.ts';

/**
 * Adam's preconditioner: v <- beta2 v + (1 - beta2) g^2, v from 0; P = sqrt(v / (1 - beta2^t)) + eps.
 * Source: Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1.
 */
export function correctedSecondMoment(beta2: number, epsilon: number): PreconditionerFactory {
  return elementwise({
    initial: { squares: 0 },
    definedAtStart: false,
    absorb: ({ squares }, gradient) => ({ squares: movingAverage(squares, tf.square(gradient), beta2) }),
    apply({ squares }, direction, step) {
      const root = tf.mul(tf.sqrt(squares), 1 / Math.sqrt(1 - beta2 ** step));
      return tf.div(direction, tf.add(root, epsilon));
    },
  });
}
