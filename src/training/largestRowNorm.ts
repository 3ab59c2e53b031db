import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Parameters } from '../models/model.ts';
import { read } from '../probes/read.ts';

/**
 * The largest sum of squares in any row of the parameters laid side by side, max_i sum_P |P_i|^2: for factors U and V of
 * as many rows, max_i (|U_i|^2 + |V_i|^2). In float32.
 * @throws {RangeError} when their numbers of rows differ.
 */
export function largestRowNorm(parameters: Parameters): Eventual<number> {
  const all = parameters.flat();
  const rows = all[0]!.shape[0];
  const other = all.find(({ shape }) => shape[0] !== rows);
  if (other !== undefined) {
    throw new RangeError(`row norms: parameters of ${rows} and ${other.shape[0]} rows: expected as many rows in all`);
  }
  const largest = tf.tidy(() =>
    tf.max(tf.addN(all.map((parameter) => tf.sum(tf.reshape(tf.square(parameter), [rows!, -1]), 1)))),
  );
  return whenReady(read(largest), ([value]) => {
    largest.dispose();
    return value!;
  });
}
