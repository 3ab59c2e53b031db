import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { preconditionedDescent } from './preconditionedDescent.ts';
import { correctedSecondMoment } from './secondMoment.ts';

const Options = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().min(0).default(1e-8),
  /** Decoupled: w (1 - lr d). */
  weightDecay: z.number().min(0).default(0.01),
});

export type AdamWOptions = z.input<typeof Options>;

/**
 * AdamW: Adam's step with the undecayed gradient, from w (1 - lr d), the gradient taken at w.
 * Source: Loshchilov and Hutter 2019 (arXiv 1711.05101), algorithm 2; the decay is multiplied by the rate as in
 * PyTorch.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const chosen = checked('adamW', Options, options);
  const { beta1, beta2, epsilon, weightDecay } = chosen;
  return preconditionedDescent({
    name: 'AdamW',
    description: { optimizer: 'adamW', ...chosen },
    momentum: { kind: 'average', beta: beta1, corrected: true },
    weightDecay,
    decay: 'decoupled',
    preconditioner: correctedSecondMoment(beta2, epsilon),
  });
}
