import { z } from 'zod';
import { whenReady } from '../eventual.ts';
import { checked } from '../validation.ts';
import { decomposeGradient } from './gradientDecomposition.ts';
import type { Optimizer } from './optimizer.ts';
import { sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z.strictObject(sharpnessOptions);

export type DecomposedSamOptions = z.input<typeof Options>;

/**
 * SAM whose perturbation keeps only the batch gradient's projection on the full gradient: a research variant, which
 * takes the gradient of the whole training set at every step.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function fullGradientSam(options: DecomposedSamOptions = {}): Optimizer {
  return along('full', 'fullGradientSam', 'SAM along the full gradient', options);
}

/**
 * SAM whose perturbation keeps only what of the batch gradient is orthogonal to the full gradient: a research
 * variant, which takes the gradient of the whole training set at every step. A batch of the whole training set has
 * no noise: what is left then is rounding, in no meaningful direction, at the length rho.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function noiseSam(options: DecomposedSamOptions = {}): Optimizer {
  return along('noise', 'noiseSam', 'SAM along the noise', options);
}

/** Perturbs along one of the two parts of the batch gradient. */
function along(
  kept: keyof ReturnType<typeof decomposeGradient>,
  optimizer: string,
  name: string,
  options: DecomposedSamOptions,
): Optimizer {
  const { rho, warmUp, base } = checked(optimizer, Options, options);
  return sharpnessAware({
    name,
    description: { optimizer },
    rho,
    warmUp,
    adaptive: false,
    base,
    perturbation: () => ({
      direction: ({ parameters, gradients, gradientsAt }) =>
        whenReady(gradientsAt(parameters, 'train'), (fullGradients) => {
          const parts = decomposeGradient(gradients, fullGradients);
          for (const tensor of [...parts[kept === 'full' ? 'noise' : 'full'], ...fullGradients]) tensor.dispose();
          return parts[kept];
        }),
    }),
  });
}
