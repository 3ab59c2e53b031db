import * as tf from '@tensorflow/tfjs-core';

export type ActivationName = 'relu' | 'tanh' | 'erf' | 'identity';

/** A nonlinearity with its derivative, both elementwise. */
export interface Activation {
  /** g phi(z). Runs inside a tidy. */
  value(preactivation: tf.Tensor2D): tf.Tensor2D;
  /** The derivative, from the pre-activation or, where that is enough, from the output. Null: it is 1. */
  readonly slope: ((preactivation: tf.Tensor2D | null, output: tf.Tensor2D) => tf.Tensor2D) | null;
  /** Whether the derivative needs the pre-activation kept. */
  readonly keepsPreactivation: boolean;
}

export const activations: Readonly<Record<ActivationName, Activation>> = {
  relu: {
    value: (z) => tf.relu(z),
    // The derivative at 0 is taken as 0, as everywhere.
    slope: (_, output) => tf.step(output),
    keepsPreactivation: false,
  },
  tanh: {
    value: (z) => tf.tanh(z),
    slope: (_, output) => tf.sub(1, tf.square(output)),
    keepsPreactivation: false,
  },
  erf: {
    value: (z) => tf.erf(z),
    slope: (z) => tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(z!)))),
    keepsPreactivation: true,
  },
  identity: { value: (z) => z.clone(), slope: null, keepsPreactivation: false },
};
