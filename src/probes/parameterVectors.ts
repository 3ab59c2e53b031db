import * as tf from '@tensorflow/tfjs-core';
import type { Eventual } from '../eventual.ts';
import { whenReady } from '../eventual.ts';
import type { Network } from '../models/model.ts';
import { read } from './read.ts';

/** How many numbers the parameters of a network are. */
export function parameterCount({ layers }: Network): number {
  return layers.reduce((sum, layer) => sum + layer.parameters.reduce((part, { shape }) => part + sizeOf(shape), 0), 0);
}

/** A vector over all parameters (their order, each row-major) as tensors by layer. Runs inside a tidy. */
export function shapedLikeParameters({ layers }: Network, vector: Float32Array): tf.Tensor[][] {
  let at = 0;
  return layers.map((layer) =>
    layer.parameters.map(({ shape }) => {
      const size = sizeOf(shape);
      at += size;
      return tf.tensor(vector.subarray(at - size, at), [...shape]);
    }),
  );
}

/** Tensors of the parameters' shapes, in their order, as one vector. */
export function readVector(tensors: readonly tf.Tensor[]): Eventual<Float32Array> {
  const joined = tf.tidy(() => {
    const flat = tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D);
    return flat.length === 1 ? tf.clone(flat[0]!) : tf.concat1d(flat);
  });
  return whenReady(read(joined), (values) => {
    joined.dispose();
    return values;
  });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
