import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z.strictObject({
  ...sharpnessOptions,
  /** Adaptive SAM: the perturbation follows the size of each parameter; its rho is some ten times larger. */
  adaptive: z.boolean().default(false),
});

export type SamOptions = z.input<typeof Options>;

/**
 * Sharpness-aware minimisation over any base optimizer: the perturbation follows the batch's gradient, q = g.
 * Sources: Foret et al. 2021 (arXiv 2010.01412), algorithm 1; adaptive: Kwon et al. 2021 (arXiv 2102.11600).
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function sam(options: SamOptions = {}): Optimizer {
  const { rho, base, adaptive } = checked('sam', Options, options);
  return sharpnessAware({
    name: adaptive ? 'adaptive SAM' : 'SAM',
    description: { optimizer: 'sam' },
    rho,
    adaptive,
    base,
    perturbation: () => ({ direction: ({ gradients }) => gradients }),
  });
}
