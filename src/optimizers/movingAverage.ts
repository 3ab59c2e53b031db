import * as tf from '@tensorflow/tfjs-core';

/** beta average + (1 - beta) value */
export function movingAverage<T extends tf.Tensor>(average: T, value: T, beta: number): T {
  return tf.add(tf.mul(average, beta), tf.mul(value, 1 - beta));
}
