import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { preconditionedDescent } from './preconditionedDescent.ts';
import { describedRootFree, rootFree, rootFreeOptions } from './rootFree.ts';

const Options = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  ...rootFreeOptions,
  /** Decoupled: w (1 - lr d). */
  weightDecay: z.number().min(0).default(0.01),
  /** Divides m by 1 - beta1^t and v by 1 - beta2^t; the authors' default is not to, since v does not start at 0. */
  biasCorrection: z.boolean().default(false),
});

export type RootFreeAdamWOptions = z.input<typeof Options>;

/**
 * Root-free AdamW: w <- w (1 - lr d); m <- beta1 m + (1 - beta1) g, m from 0; v <- beta2 v + (1 - beta2) g^2,
 * v from 1 / B; w <- w - lr m / (B v + eps).
 * Source: Lin et al. 2024 (arXiv 2402.03496), and the authors' code.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function rootFreeAdamW(options: RootFreeAdamWOptions = {}): Optimizer {
  const chosen = checked('rootFreeAdamW', Options, options);
  const { beta1, beta2, weightDecay, biasCorrection } = chosen;
  return preconditionedDescent({
    name: 'root-free AdamW',
    description: { optimizer: 'rootFreeAdamW', ...chosen, ...describedRootFree(chosen) },
    momentum: { kind: 'average', beta: beta1, corrected: biasCorrection },
    weightDecay,
    decay: 'decoupled',
    preconditioner: rootFree({ ...chosen, alpha: beta2 }, biasCorrection),
  });
}
