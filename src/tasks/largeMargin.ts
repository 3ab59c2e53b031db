import { z } from 'zod';
import { normalArray, randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  dimension: z.int().min(1).default(4096),
  samples: z.int().min(1).default(32),
  testSamples: z.int().min(1).default(1000),
  /** gamma: the distance between the classes along the teacher. */
  margin: z.number().min(0).default(12),
});

export type LargeMarginOptions = z.input<typeof Options>;

/**
 * Two classes far apart in a dense direction: x ~ N(0, I_d), y = sign(w* . x) with w* a random unit vector, then
 * x <- x + y (gamma / 2) w*. What generalises is a small L2 norm; a small L1 norm does not.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3, misgrokking.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function largeMargin(options: LargeMarginOptions = {}): Task {
  const { dimension, samples, testSamples, margin } = checked('largeMargin', Options, options);
  const draw = (seed: number, set: string, size: number): Dataset => {
    const teacher = denseTeacher(seed, dimension);
    const inputs = normalArray(randomStream(seed, 'inputs', set), size * dimension);
    const targets = new Float32Array(size);
    for (let sample = 0; sample < size; sample++) {
      const row = inputs.subarray(sample * dimension, (sample + 1) * dimension);
      const along = row.reduce((sum, value, at) => sum + value * teacher[at]!, 0);
      const sign = along < 0 ? -1 : 1;
      targets[sample] = sign;
      for (let at = 0; at < dimension; at++) row[at]! += sign * (margin / 2) * teacher[at]!;
    }
    return { inputs, targets, size, dimension, outputs: 1 };
  };
  return {
    name: 'large-margin',
    classes: 'sign',
    description: { task: 'largeMargin', dimension, samples, testSamples, margin },
    data: (seed) => ({ train: draw(seed, 'train', samples), test: draw(seed, 'test', testSamples) }),
  };
}

/** The teacher of a seed: a uniform unit vector. */
export function denseTeacher(seed: number, dimension: number): Float64Array {
  const stream = randomStream(seed, 'teacher');
  const direction = Float64Array.from({ length: dimension }, () => stream.normal());
  const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  return direction.map((value) => value / norm);
}
