import { z } from 'zod';
import { whenReady } from '../eventual.ts';
import { checked } from '../validation.ts';
import { decomposeGradient } from './gradientDecomposition.ts';
import type { Optimizer } from './optimizer.ts';
import { sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z.strictObject(sharpnessOptions);

export type NoiseSamOptions = z.input<typeof Options>;

/**
 * SAM whose perturbation keeps only what of the batch gradient is orthogonal to the full gradient: a research
 * variant, which takes the gradient of the whole training set at every step. A batch of the whole training set has
 * no noise: what is left then is rounding, in no meaningful direction, at the length rho.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function noiseSam(options: NoiseSamOptions = {}): Optimizer {
  const { rho, warmUp, base } = checked('noiseSam', Options, options);
  return sharpnessAware({
    name: 'SAM along the noise',
    description: { optimizer: 'noiseSam' },
    rho,
    warmUp,
    adaptive: false,
    base,
    perturbation: () => ({
      direction: ({ parameters, gradients, gradientsAt }) =>
        whenReady(gradientsAt(parameters, 'train'), (fullGradients) => {
          const { full, noise } = decomposeGradient(gradients, fullGradients);
          for (const tensor of [...full, ...fullGradients]) tensor.dispose();
          return noise;
        }),
    }),
  });
}
