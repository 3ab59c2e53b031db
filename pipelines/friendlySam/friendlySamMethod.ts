import { fullGradientSam, noiseSam } from '../../src/optimizers/decomposedSam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { sam } from '../../src/optimizers/sam.ts';
import type { FriendlySamMethod, PerturbedMethod } from './friendlySamSettings.ts';

export interface MethodOptions {
  readonly method: FriendlySamMethod;
  readonly rho?: number | undefined;
  /** Updates over which rho grows. */
  readonly warmUpSteps: number;
  readonly sigma?: number | undefined;
  readonly lambda?: number | undefined;
  readonly perturbationBatch?: number | undefined;
  /** Whether those samples are beside the batch. */
  readonly othersOnly: boolean;
  readonly momentum: number;
  readonly weightDecay: number;
}

/**
 * The optimizer of a method: the same base, which alone has the weight decay, under each perturbation.
 * @throws {RangeError} naming an option that the method does not have.
 */
export function friendlySamMethod(
  options: MethodOptions,
  usualRho: Readonly<Record<PerturbedMethod, number>>,
): Optimizer {
  const { method, warmUpSteps, sigma, lambda, perturbationBatch, othersOnly, momentum, weightDecay } = options;
  const base = gradientDescent({ momentum, weightDecay });
  refuse(method === 'sgd', { rho: options.rho, warmUp: warmUpSteps || undefined }, method);
  refuse(method !== 'f-sam', { sigma, lambda }, method);
  refuse(method !== 'sam', { perturbationBatch, othersOnly: othersOnly || undefined }, method);
  if (method === 'sgd') return base;
  const perturbed = { rho: options.rho ?? usualRho[method], warmUp: warmUpSteps, base };
  switch (method) {
    case 'sam':
      return sam({ ...perturbed, perturbationBatch, othersOnly });
    case 'f-sam':
      return friendlySam({ ...perturbed, sigma, lambda });
    case 'full-gradient':
      return fullGradientSam(perturbed);
    case 'noise':
      return noiseSam(perturbed);
  }
}

function refuse(when: boolean, options: Readonly<Record<string, number | boolean | undefined>>, method: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (when && value !== undefined)
      throw new RangeError(`friendlySam: ${name} = ${value}: expected none with method ${method}`);
  }
}
