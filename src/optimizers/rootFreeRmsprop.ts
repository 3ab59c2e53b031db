import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, momentumOptions, preconditionedDescent } from './preconditionedDescent.ts';
import { describedRootFree, rootFree, rootFreeOptions } from './rootFree.ts';

const Options = z.strictObject({
  /** Coefficient of the average of squared gradients. */
  alpha: z.number().min(0).lt(1).default(0.99),
  ...rootFreeOptions,
  ...momentumOptions,
  ...decayOptions,
  decay: decayOptions.decay.default('beforeMomentum'),
});

export type RootFreeRmspropOptions = z.input<typeof Options>;

/**
 * Root-free RMSProp: s <- alpha s + (1 - alpha) g^2, s from 1 / B; u = g / (B s + eps) + d w;
 * v <- beta v + u; w <- w - lr v.
 * Source: Lin et al. 2024 (arXiv 2402.03496), figure 4 and appendix, and the authors' code.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function rootFreeRmsprop(options: RootFreeRmspropOptions = {}): Optimizer {
  const chosen = checked('rootFreeRmsprop', Options, options);
  const { weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: 'root-free RMSProp',
    description: { optimizer: 'rootFreeRmsprop', ...chosen, ...describedRootFree(chosen) },
    momentum: momentumOf(chosen),
    weightDecay,
    decay,
    preconditioner: rootFree(chosen, false),
  });
}
