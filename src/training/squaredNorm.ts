import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Parameters } from '../models/model.ts';
import { read } from '../probes/read.ts';

/** |theta|^2 over all parameters: each tensor's share in float32, their sum in float64. */
export function squaredNorm(parameters: Parameters): Eventual<number> {
  const shares = tf.tidy(() => tf.stack(parameters.flat().map((parameter) => tf.sum(tf.square(parameter)))));
  return whenReady(read(shares), (values) => {
    shares.dispose();
    return values.reduce((sum, value) => sum + value, 0);
  });
}
