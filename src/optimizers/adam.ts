import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { preconditionedDescent } from './preconditionedDescent.ts';
import { correctedSecondMoment } from './secondMoment.ts';

const Options = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().min(0).default(1e-8),
  /** Coupled, g + d w (L2); decoupled decay is adamW. */
  weightDecay: z.number().min(0).default(0),
});

export type AdamOptions = z.input<typeof Options>;

/**
 * Adam: m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, both from 0;
 * w <- w - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps), t = 1, 2, ...
 * Source: Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const chosen = checked('adam', Options, options);
  const { beta1, beta2, epsilon, weightDecay } = chosen;
  return preconditionedDescent({
    name: 'Adam',
    description: { optimizer: 'adam', ...chosen },
    momentum: { kind: 'average', beta: beta1, corrected: true },
    weightDecay,
    decay: 'coupled',
    preconditioner: correctedSecondMoment(beta2, epsilon),
  });
}
