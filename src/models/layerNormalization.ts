import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import { Activated, type ActivationName } from './activation.ts';
import type { Layer, LayerTrace, Sensitivity } from './layer.ts';
import { outputSummedRowKernel, rowKernel, sensitivityRows } from './rowKernel.ts';

export interface LayerNormalizationOptions {
  /** The layer's number: part of its parameters' names. */
  readonly index: number;
  /** Tokens of a sequence, or pixels of an image: each is normalised by itself. */
  readonly positions: number;
  /** Numbers of a position: those that mean and variance are taken over. */
  readonly width: number;
  readonly activation: ActivationName;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Layer normalization: output = phi(gain (h - mean) / sqrt(variance + epsilon) + shift), mean and variance over the
 * numbers of each position. Source: Ba, Kiros and Hinton 2016 (arXiv 1607.06450), equation 4.
 */
export function layerNormalization(options: LayerNormalizationOptions): Layer {
  const { index, positions, width } = options;
  return {
    inputs: positions * width,
    outputs: positions * width,
    parameters: [
      { name: `gain${index}`, shape: [width], initialise: () => new Float32Array(width).fill(1) },
      { name: `shift${index}`, shape: [width], initialise: () => new Float32Array(width) },
    ],
    forward: ([gain, shift], input, scope) =>
      new LayerNormalizationTrace(options, gain as tf.Tensor1D, shift as tf.Tensor1D, input, scope),
  };
}

class LayerNormalizationTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly #options: LayerNormalizationOptions;
  readonly #gain: tf.Tensor1D;
  /** 1 / sqrt(variance + epsilon), `[n, 1, positions, 1]`. */
  readonly #precision: tf.Tensor4D;
  /** Mean 0, variance 1: `[n, 1, positions, width]`. */
  readonly #normalised: tf.Tensor4D;
  readonly #activated: Activated;

  constructor(
    options: LayerNormalizationOptions,
    gain: tf.Tensor1D,
    shift: tf.Tensor1D,
    input: tf.Tensor2D,
    scope: TensorScope,
  ) {
    this.input = input;
    this.#options = options;
    this.#gain = gain;
    const centred = scope.own(() => withoutMean(this.#byPosition(input)));
    this.#precision = scope.own(() =>
      tf.rsqrt(tf.add(tf.mean(tf.square(centred), 3, true), options.epsilon) as tf.Tensor4D),
    );
    this.#normalised = scope.own((): tf.Tensor4D => tf.mul(centred, this.#precision));
    this.#activated = new Activated(options.activation, scope, () =>
      this.#flat(tf.add(tf.mul(this.#normalised, gain), shift)),
    );
  }

  get output(): tf.Tensor2D {
    return this.#activated.output;
  }

  slope(): tf.Tensor2D | null {
    return this.#activated.slope();
  }

  toPreactivation(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.#activated.toPreactivation(sensitivity));
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.#flat(this.#normalisedChange(tf.mul(this.#byPosition(sensitivity), this.#gain))));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const terms: tf.Tensor[] = [];
      if (input !== null) terms.push(tf.mul(this.#normalisedChange(this.#byPosition(input)), this.#gain));
      if (parameters !== null) terms.push(tf.add(tf.mul(this.#normalised, parameters[0]!), parameters[1]!));
      return terms.length === 0 ? tf.zerosLike(this.output) : this.#flat(tf.addN(terms));
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const weighted: tf.Tensor2D = weights === undefined ? sensitivity : tf.mul(sensitivity, weights);
      const rows = this.#byPosition(weighted);
      return [tf.sum(tf.mul(rows, this.#normalised), [0, 1, 2]), tf.sum(rows, [0, 1, 2])];
    });
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => {
      const shape: [number, number] = [sensitivity.shape[0], this.#options.width];
      const rows = this.#byPosition(sensitivity);
      return [tf.mul(rows, this.#normalised), rows].map((one): tf.Tensor2D => tf.reshape(tf.sum(one, 2), shape));
    });
  }

  kernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => rowKernel(this.#rows(sensitivity, outputs)));
  }

  outputSummedKernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => outputSummedRowKernel(this.#rows(sensitivity, outputs), outputs));
  }

  #rows(sensitivity: Sensitivity, outputs: number): tf.Tensor2D[] {
    return this.rowGradients(sensitivityRows(sensitivity, this.input.shape[0], outputs));
  }

  /** The derivative of the normalised numbers in the input, a symmetric matrix for each position, times `[n, c, positions, width]`. */
  #normalisedChange(change: tf.Tensor4D): tf.Tensor4D {
    const along = tf.mul(this.#normalised, tf.mean(tf.mul(change, this.#normalised), 3, true));
    return tf.mul(tf.sub(withoutMean(change), along), this.#precision);
  }

  /** Rows as `[n, rows of a sample, positions, width]`. */
  #byPosition(rows: tf.Tensor2D): tf.Tensor4D {
    const { positions, width } = this.#options;
    const samples = this.input.shape[0];
    return tf.reshape(rows, [samples, rows.shape[0] / samples, positions, width]);
  }

  #flat(byPosition: tf.Tensor): tf.Tensor2D {
    const { positions, width } = this.#options;
    return tf.reshape(byPosition, [byPosition.shape[0]! * byPosition.shape[1]!, positions * width]);
  }
}

function withoutMean(byPosition: tf.Tensor4D): tf.Tensor4D {
  return tf.sub(byPosition, tf.mean(byPosition, 3, true));
}
