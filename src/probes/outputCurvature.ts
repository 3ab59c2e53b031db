import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Curvature of the loss in the outputs, block-diagonal by sample: H_i / n = B_i B_i^T, the 1/n of the mean included.
 * Each maps `[n, c]` to `[n, c]` and runs inside a tidy.
 */
export interface OutputCurvature {
  /** B u. */
  factor(u: tf.Tensor2D): tf.Tensor2D;
  /** B^T u. */
  factorTransposed(u: tf.Tensor2D): tf.Tensor2D;
  /** B B^T u. */
  times(u: tf.Tensor2D): tf.Tensor2D;
}

/** The curvature of the lens's loss at its predictions; computed once a step. */
export function outputCurvature(lens: WorkingLens): Eventual<OutputCurvature> {
  return lens.once('outputCurvature', () => {
    const { loss } = lens.subject;
    const { size, outputs } = lens;
    if (loss.curvature !== null) {
      const { curvature } = loss;
      const root = Math.sqrt(curvature / size);
      const byRoot = (u: tf.Tensor2D): tf.Tensor2D => tf.mul(u, root);
      return { factor: byRoot, factorTransposed: byRoot, times: (u) => tf.mul(u, curvature / size) };
    }
    return whenReady(lens.predictions(), (predictions) => {
      const entries = loss.curvatureFactor(predictions, lens.samples.targets, size)!;
      const scale = 1 / Math.sqrt(size);
      const blocks = lens.scope.own(() =>
        tf.tensor3d(
          Float32Array.from(entries, (entry) => entry * scale),
          [size, outputs, outputs],
        ),
      );
      const product = (u: tf.Tensor2D, transposed: boolean): tf.Tensor2D =>
        tf.reshape(tf.matMul(blocks, tf.reshape(u, [size, outputs, 1]), transposed, false), [size, outputs]);
      return {
        factor: (u) => product(u, false),
        factorTransposed: (u) => product(u, true),
        times: (u) => product(product(u, true), false),
      };
    });
  });
}
