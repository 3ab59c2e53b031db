import * as tf from '@tensorflow/tfjs-core';
import type { Eventual } from '../eventual.ts';

/** A tensor's numbers: at once, or as a promise on a backend that cannot read synchronously. */
export function read(tensor: tf.Tensor): Eventual<Float32Array> {
  return tf.getBackend() === 'webgpu' ? (tensor.data() as Promise<Float32Array>) : (tensor.dataSync() as Float32Array);
}
