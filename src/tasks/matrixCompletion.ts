import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  /** d: the matrix is d x d. */
  size: z.int().min(2).default(40),
  /** Observed entries, drawn without replacement. */
  samples: z.int().min(1).default(300),
});

export type MatrixCompletionOptions = z.input<typeof Options>;

/**
 * The entries of a symmetric matrix of rank one, v v^T with v = (0, 1, ..., d-1) / d: an input is a pair of indices
 * (i, j), its target v_i v_j. The entries that are not observed are the test set.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function matrixCompletion(options: MatrixCompletionOptions = {}): Task {
  const { size, samples } = checked('matrixCompletion', Options, options);
  if (samples >= size * size) {
    throw new RangeError(`matrixCompletion: samples = ${samples}: expected fewer than the ${size * size} entries`);
  }
  const entries = (numbers: Int32Array): Dataset => ({
    inputs: Float32Array.from({ length: 2 * numbers.length }, (_, at) => {
      const number = numbers[at >> 1]!;
      return at % 2 === 0 ? Math.floor(number / size) : number % size;
    }),
    targets: Float32Array.from(numbers, (number) => (Math.floor(number / size) * (number % size)) / size ** 2),
    size: numbers.length,
    dimension: 2,
    outputs: 1,
  });
  return {
    name: 'matrix-completion',
    classes: null,
    description: { task: 'matrixCompletion', size, samples },
    data(seed) {
      const order = randomStream(seed, 'observed').permutation(size * size);
      return { train: entries(order.subarray(0, samples)), test: entries(order.subarray(samples)) };
    },
  };
}
