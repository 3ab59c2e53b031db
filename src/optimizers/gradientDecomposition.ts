import * as tf from '@tensorflow/tfjs-core';
import { innerProduct } from './sharpnessAware.ts';

/**
 * Splits a batch's gradient g by the full gradient G: `full` = (g . G / |G|^2) G, its projection, and
 * `noise` = g - full, orthogonal to G; inner products over all tensors together. The caller disposes of them.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 */
export function decomposeGradient(
  gradients: readonly tf.Tensor[],
  fullGradients: readonly tf.Tensor[],
): { full: tf.Tensor[]; noise: tf.Tensor[] } {
  return tf.tidy(() => {
    const coefficient = tf.div(
      innerProduct(gradients, fullGradients),
      tf.add(innerProduct(fullGradients, fullGradients), 1e-30),
    );
    const full = fullGradients.map((tensor) => tf.mul(tensor, coefficient) as tf.Tensor);
    return { full, noise: gradients.map((tensor, index) => tf.sub(tensor, full[index]!) as tf.Tensor) };
  });
}
