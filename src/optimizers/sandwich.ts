import * as tf from '@tensorflow/tfjs-core';
import type { GradientFactors } from '../models/layer.ts';

/**
 * A^T G B for a matrix G `[rows, columns]`, A^T G where there is no B. From the factors of G, with n rows each, as
 * (left A)^T (right B), where that takes fewer multiplications. Runs inside a tidy.
 */
export function sandwich(
  [a, b]: readonly tf.Tensor2D[],
  matrix: tf.Tensor2D,
  factors: GradientFactors | null,
  rounded: (matrix: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  if (b !== undefined && factors !== null && isCheaper(factors)) {
    return rounded(tf.matMul(rounded(tf.matMul(factors.left, a!)), rounded(tf.matMul(factors.right, b)), true, false));
  }
  const product: tf.Tensor2D = rounded(tf.matMul(a!, rounded(matrix), true, false));
  return b === undefined ? product : rounded(tf.matMul(product, b));
}

function isCheaper({ left, right }: GradientFactors): boolean {
  const [samples, rows] = left.shape;
  const columns = right.shape[1];
  return samples * (rows * rows + rows * columns + columns * columns) < rows * columns * (rows + columns);
}
