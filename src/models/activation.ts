import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import { throughRelu } from './relu.ts';

export type ActivationName = 'relu' | 'tanh' | 'erf' | 'gelu' | 'identity';

/** A nonlinearity with its derivative, both elementwise. */
export interface Activation {
  /** g phi(z). Runs inside a tidy. */
  value(preactivation: tf.Tensor2D): tf.Tensor2D;
  /** The derivative, from the pre-activation or, where that is enough, from the output. Null: it is 1. */
  readonly slope: ((preactivation: tf.Tensor2D | null, output: tf.Tensor2D) => tf.Tensor2D) | null;
  /**
   * Sensitivities of the output to those of the pre-activation, `[n, out]` both, where that costs less than the
   * derivative does. Runs inside a tidy.
   */
  readonly through?: (sensitivity: tf.Tensor2D, output: tf.Tensor2D) => tf.Tensor2D;
  /** Whether the derivative needs the pre-activation kept. */
  readonly keepsPreactivation: boolean;
}

export const activations: Readonly<Record<ActivationName, Activation>> = {
  relu: {
    value: (z) => tf.relu(z),
    // The derivative at 0 is taken as 0, as everywhere.
    slope: (_, output) => tf.step(output),
    through: throughRelu,
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
  // z Phi(z), by the normal distribution function itself and not its approximation by tanh.
  gelu: {
    value: (z) => tf.mul(z, normalDistribution(z)),
    slope: (z) => {
      const density = tf.mul(1 / Math.sqrt(2 * Math.PI), tf.exp(tf.mul(tf.square(z!), -0.5)));
      return tf.add(normalDistribution(z!), tf.mul(z!, density));
    },
    keepsPreactivation: true,
  },
  identity: { value: (z) => z.clone(), slope: null, keepsPreactivation: false },
};

function normalDistribution(z: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(0.5, tf.add(1, tf.erf(tf.mul(z, Math.SQRT1_2))));
}

/** An activation in a forward pass: its output and, computed when first asked for, its derivative. */
export class Activated {
  /** `[n, out]` */
  readonly output: tf.Tensor2D;
  readonly #activation: Activation;
  readonly #scope: TensorScope;
  readonly #preactivation: tf.Tensor2D | null = null;
  #slope: tf.Tensor2D | null | undefined;

  constructor(name: ActivationName, scope: TensorScope, preactivation: () => tf.Tensor2D) {
    const activation = activations[name];
    this.#activation = activation;
    this.#scope = scope;
    if (activation.keepsPreactivation) {
      const kept = scope.own(preactivation);
      this.#preactivation = kept;
      this.output = scope.own(() => activation.value(kept));
    } else {
      this.output = scope.own(() => activation.value(preactivation()));
    }
  }

  /** `[n, out]`; null where it is 1 throughout. */
  slope(): tf.Tensor2D | null {
    if (this.#slope === undefined) {
      const { slope } = this.#activation;
      this.#slope = slope === null ? null : this.#scope.own(() => slope(this.#preactivation, this.output));
    }
    return this.#slope;
  }

  /** Sensitivities of the output to those of the pre-activation, `[n, out]` both. Runs inside a tidy. */
  toPreactivation(sensitivity: tf.Tensor2D): tf.Tensor2D {
    const { through } = this.#activation;
    // A slope that somebody has asked for is there to be used.
    if (through !== undefined && this.#slope === undefined) return through(sensitivity, this.output);
    const slope = this.slope();
    return slope === null ? sensitivity : tf.mul(sensitivity, slope);
  }
}
