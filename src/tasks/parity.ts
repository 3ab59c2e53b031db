import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  dimension: z.int().min(1).default(40),
  samples: z.int().min(1).default(200),
  testSamples: z.int().min(1).default(1000),
  /** k: the target is the product of the first k coordinates; XOR with 2. */
  order: z.int().min(1).default(2),
});

export type ParityOptions = z.input<typeof Options>;

/**
 * Sparse parity: x uniform on {-1, 1}^d, y = x_1 ... x_k.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), appendix; Xu et al. 2024 (arXiv 2310.02541) for XOR clusters.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function parity(options: ParityOptions = {}): Task {
  const { dimension, samples, testSamples, order } = checked('parity', Options, options);
  if (order > dimension) throw new RangeError(`parity: order = ${order}: expected at most the dimension, ${dimension}`);
  const draw = (seed: number, set: string, size: number): Dataset => {
    const stream = randomStream(seed, 'signs', set);
    const inputs = Float32Array.from({ length: size * dimension }, () => 2 * stream.integer(2) - 1);
    const targets = Float32Array.from({ length: size }, (_, sample) =>
      inputs.subarray(sample * dimension, sample * dimension + order).reduce((product, sign) => product * sign, 1),
    );
    return { inputs, targets, size, dimension, outputs: 1 };
  };
  return {
    name: order === 2 ? 'xor' : `parity${order}`,
    classes: 'sign',
    description: { task: 'parity', dimension, samples, testSamples, order },
    data: (seed) => ({ train: draw(seed, 'train', samples), test: draw(seed, 'test', testSamples) }),
  };
}
