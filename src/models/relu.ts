import * as tf from '@tensorflow/tfjs-core';

/**
 * Sensitivities of relu(z) to those of z, of one shape: in one operation on backends that have one for it, which does
 * without the slope. Runs inside a tidy.
 * @param output relu(z)
 */
export function throughRelu(sensitivity: tf.Tensor2D, output: tf.Tensor2D): tf.Tensor2D {
  if (tf.getKernel('ReluGrad', tf.getBackend()) === undefined) return tf.mul(sensitivity, tf.step(output));
  return tf.engine().runKernel('ReluGrad', { dy: sensitivity, y: output }) as tf.Tensor2D;
}
