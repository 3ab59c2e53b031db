import * as tf from '@tensorflow/tfjs-core';

/**
 * Sum of matrices of one size that are made one after the other, those that are null left out; null if all are. What a
 * term is made from, and the sum so far, are freed before the next: three matrices at a time and not all. Runs inside a tidy.
 */
export function sumOneByOne(terms: readonly (() => tf.Tensor2D | null)[]): tf.Tensor2D | null {
  let sum: tf.Tensor2D | null = null;
  for (const term of terms) {
    const before: tf.Tensor2D | null = sum;
    const made: tf.Tensor[] = tf.tidy(() => {
      const one = term();
      if (one === null) return [];
      return [before === null ? one : tf.add(before, one)];
    });
    if (made.length === 0) continue;
    sum = made[0] as tf.Tensor2D;
    before?.dispose();
  }
  return sum;
}
