import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  dimension: z.int().min(1).default(1000),
  samples: z.int().min(1).default(100),
  testSamples: z.int().min(1).default(1000),
  /** Coordinates that the teacher looks at: the first ones. */
  sparsity: z.int().min(1).default(3),
  /** `class`: the sign of w* . x, which is never 0 for an odd sparsity. `value`: w* . x itself. */
  target: z.enum(['class', 'value']).default('class'),
});

export type SparseLinearOptions = z.input<typeof Options>;

/**
 * A linear teacher of a few coordinates: x uniform on {-1, 1}^d, w* = 1 or -1 on the first `sparsity` coordinates, 0
 * elsewhere. What generalises is a small L1 norm; a small L2 norm does not.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function sparseLinear(options: SparseLinearOptions = {}): Task {
  const { dimension, samples, testSamples, sparsity, target } = checked('sparseLinear', Options, options);
  if (sparsity > dimension) {
    throw new RangeError(`sparseLinear: sparsity = ${sparsity}: expected at most the dimension, ${dimension}`);
  }
  if (target === 'class' && sparsity % 2 === 0) {
    throw new RangeError(`sparseLinear: sparsity = ${sparsity}: expected an odd number, so that no sum of signs is 0`);
  }
  const draw = (seed: number, set: string, size: number): Dataset => {
    const teacher = sparseTeacher(seed, sparsity);
    const stream = randomStream(seed, 'signs', set);
    const inputs = Float32Array.from({ length: size * dimension }, () => 2 * stream.integer(2) - 1);
    const targets = Float32Array.from({ length: size }, (_, sample) => {
      let sum = 0;
      for (let at = 0; at < sparsity; at++) sum += teacher[at]! * inputs[sample * dimension + at]!;
      return target === 'class' ? Math.sign(sum) : sum;
    });
    return { inputs, targets, size, dimension, outputs: 1 };
  };
  return {
    name: target === 'class' ? 'sparse-classification' : 'sparse-regression',
    classes: target === 'class' ? 'sign' : null,
    description: { task: 'sparseLinear', dimension, samples, testSamples, sparsity, target },
    data: (seed) => ({ train: draw(seed, 'train', samples), test: draw(seed, 'test', testSamples) }),
  };
}

/** The teacher of a seed on the coordinates it looks at: 1 or -1 each. */
export function sparseTeacher(seed: number, sparsity: number): Float64Array {
  const stream = randomStream(seed, 'teacher');
  return Float64Array.from({ length: sparsity }, () => 2 * stream.integer(2) - 1);
}
