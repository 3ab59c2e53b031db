import { type Eventual, whenReady } from '../eventual.ts';
import type { Estimate } from '../probe.ts';
import { randomStream } from '../randomness.ts';
import { hessianProduct } from './hessianProduct.ts';
import { parameterCount } from './parameterVectors.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Trace of the Hessian, the mean of z^T H z over random signs z, with the standard error of that mean.
 * Source: Hutchinson 1990, Communications in Statistics 19; signs have the smallest variance,
 * 2 sum over i != j of H_ij^2 a direction.
 * @param seed of the signs: the same at every step, so that the trace moves less than its error from one to the next
 */
export function hessianTraceEstimate(lens: WorkingLens, directions: number, seed: number): Eventual<Estimate> {
  return lens.once(`hessianTrace ${directions} ${seed}`, () => {
    const order = parameterCount(lens.subject.network);
    const stream = randomStream(seed, 'hessian trace');
    const products: number[] = [];
    const next = (): Eventual<Estimate> => {
      if (products.length === directions) return meanOf(products);
      const signs = Float32Array.from({ length: order }, () => (stream.uniform() < 0.5 ? -1 : 1));
      return whenReady(hessianProduct(lens, signs), (product) => {
        products.push(product.reduce((sum, value, index) => sum + value * signs[index]!, 0));
        return next();
      });
    };
    return next();
  });
}

function meanOf(numbers: readonly number[]): Estimate {
  const count = numbers.length;
  const value = numbers.reduce((sum, number) => sum + number, 0) / count;
  const squares = numbers.reduce((sum, number) => sum + (number - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (count * (count - 1))) };
}
