import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { elementwise } from './elementwise.ts';
import { movingAverage } from './movingAverage.ts';
import type { PreconditionerFactory } from './preconditioner.ts';

/** Options of the two root-free methods. */
export const rootFreeOptions = {
  epsilon: z.number().min(0).default(1e-8),
  /** The factor B, samples in the average that the loss is; by default the run's batch size. 1 for a summed loss. */
  batchSize: z.number().positive().optional(),
  /** What the squares start from; by default 1 / B, so that the first steps are about those of gradient descent. */
  initial: z.number().min(0).optional(),
};

/** The options for the record of the run. */
export function describedRootFree(options: {
  readonly batchSize?: number | undefined;
  readonly initial?: number | undefined;
}) {
  return { batchSize: options.batchSize ?? 'of the run', initial: options.initial ?? '1 / batch size' };
}

/**
 * The preconditioner without the square root: s <- alpha s + (1 - alpha) g^2, s from 1 / B; P = B s + eps, with
 * bias correction B s / (1 - alpha^t) + eps. Multiplying the loss by c multiplies the step by 1 / c.
 * Source: Lin et al. 2024 (arXiv 2402.03496), figure 4, where eps, weight decay and momentum are in the appendix.
 */
export function rootFree(
  options: {
    readonly alpha: number;
    readonly epsilon: number;
    readonly batchSize?: number | undefined;
    readonly initial?: number | undefined;
  },
  corrected: boolean,
): PreconditionerFactory {
  const { alpha, epsilon } = options;
  return (run, state) => {
    const factor = options.batchSize ?? run.batchSize;
    const initial = options.initial ?? 1 / factor;
    return elementwise({
      initial: { squares: initial },
      definedAtStart: initial > 0,
      absorb: ({ squares }, gradient) => ({ squares: movingAverage(squares, tf.square(gradient), alpha) }),
      apply({ squares }, direction, step) {
        const correction = corrected && step > 0 ? 1 - alpha ** step : 1;
        return tf.div(direction, tf.add(tf.mul(squares, factor / correction), epsilon));
      },
    })(run, state);
  };
}
