import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** The precision that a matrix method's numbers are rounded to. */
export const precision = z.enum(['float32', 'bfloat16']).default('float32');

export type Precision = z.output<typeof precision>;

/**
 * Rounds to bfloat16's 8 significant bits, to nearest, ties to even, kept in float32 (Veltkamp's splitting: with
 * c = (2^16 + 1) x in float32 arithmetic, c - (c - x) is x rounded). Exact for |x| < 2^111; NaN from there on.
 * Source: Dekker 1971 (Numerische Mathematik 18).
 */
export function bfloat16(values: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const scaled = tf.mul(values, 65537);
    return tf.sub(scaled, tf.sub(scaled, values));
  });
}

/** The rounding that a precision asks for. */
export function rounding(to: Precision): (matrix: tf.Tensor2D) => tf.Tensor2D {
  return to === 'bfloat16' ? bfloat16 : (matrix) => matrix;
}
