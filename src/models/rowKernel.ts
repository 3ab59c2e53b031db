import * as tf from '@tensorflow/tfjs-core';
import type { Sensitivity } from './layer.ts';
import { sumOneByOne } from './sumOneByOne.ts';

/** The kernel of a layer from its row gradients, `[n c, size]` for each parameter: the sum of their Grams. Runs inside a tidy. */
export function rowKernel(rows: readonly tf.Tensor2D[]): tf.Tensor2D {
  return sumOneByOne(rows.map((one) => () => tf.matMul(one, one, false, true)))!;
}

/** The same summed over the c outputs, `[n, n]`: rows of one sample are one row. Runs inside a tidy. */
export function outputSummedRowKernel(rows: readonly tf.Tensor2D[], outputs: number): tf.Tensor2D {
  return rowKernel(rows.map((one) => tf.reshape(one, [one.shape[0] / outputs, outputs * one.shape[1]]) as tf.Tensor2D));
}

/** The sensitivities as rows also for the last layer, whose outputs are its own: the identity for each of n samples. */
export function sensitivityRows(sensitivity: Sensitivity, samples: number, outputs: number): tf.Tensor2D {
  return sensitivity ?? tf.tile(tf.eye(outputs), [samples, 1]);
}
