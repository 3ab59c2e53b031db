import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** `outside`: sqrt(s) + eps, as PyTorch. `inside`: sqrt(s + eps), as TensorFlow; its eps is the square of the other. */
export const epsilonPlacement = z.enum(['outside', 'inside']).default('outside');

/** The denominator of a method that divides by a root. */
export function rootWithEpsilon(squares: tf.Tensor, epsilon: number, placement: 'outside' | 'inside'): tf.Tensor {
  return placement === 'inside' ? tf.sqrt(tf.add(squares, epsilon)) : tf.add(tf.sqrt(squares), epsilon);
}
