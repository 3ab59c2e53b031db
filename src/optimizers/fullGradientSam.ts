import { z } from 'zod';
import { whenReady } from '../eventual.ts';
import { checked } from '../validation.ts';
import { decomposeGradient } from './gradientDecomposition.ts';
import type { Optimizer } from './optimizer.ts';
import { sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z.strictObject(sharpnessOptions);

export type FullGradientSamOptions = z.input<typeof Options>;

/**
 * SAM whose perturbation keeps only the batch gradient's projection on the full gradient: a research variant, which
 * takes the gradient of the whole training set at every step.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function fullGradientSam(options: FullGradientSamOptions = {}): Optimizer {
  const { rho, warmUp, base } = checked('fullGradientSam', Options, options);
  return sharpnessAware({
    name: 'SAM along the full gradient',
    description: { optimizer: 'fullGradientSam' },
    rho,
    warmUp,
    adaptive: false,
    base,
    perturbation: () => ({
      direction: ({ parameters, gradients, gradientsAt }) =>
        whenReady(gradientsAt(parameters, 'train'), (fullGradients) => {
          const { full, noise } = decomposeGradient(gradients, fullGradients);
          for (const tensor of [...noise, ...fullGradients]) tensor.dispose();
          return full;
        }),
    }),
  });
}
