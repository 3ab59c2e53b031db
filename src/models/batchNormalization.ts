import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import { Activated, type ActivationName } from './activation.ts';
import { channelNormalization } from './channelNormalization.ts';
import type { Layer, LayerTrace } from './layer.ts';
import { undefinedForBatches } from './layerState.ts';

export interface BatchNormalizationOptions {
  /** The layer's number: part of its parameters' names. */
  readonly index: number;
  /** Pixels of an image. */
  readonly positions: number;
  readonly channels: number;
  readonly activation: ActivationName;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of a batch's statistics in the new running ones. */
  readonly momentum: number;
}

/**
 * Batch normalization: output = phi(gain (h - mean) / sqrt(variance + epsilon) + shift), mean and variance of a channel
 * over all pixels of all samples; when it is evaluated, over the batches before, as a moving average (the variance
 * unbiased, as elsewhere). It couples the samples of a batch.
 * Source: Ioffe and Szegedy 2015 (arXiv 1502.03167), algorithms 1 and 2.
 */
export function batchNormalization(options: BatchNormalizationOptions): Layer {
  const { index, positions, channels, momentum } = options;
  const channel = (name: string, value: number) => ({
    name: `${name}${index}`,
    shape: [channels],
    initialise: () => new Float32Array(channels).fill(value),
  });
  return {
    inputs: positions * channels,
    outputs: positions * channels,
    parameters: [channel('gain', 1), channel('shift', 0)],
    state: {
      descriptions: [channel('mean', 0), channel('variance', 1)],
      after: (state, trace) => {
        const { mean, variance, count } = (trace as BatchNormalizationTrace).statistics;
        const unbiased = count > 1 ? count / (count - 1) : 1;
        return tf.tidy(() =>
          [mean, tf.mul(variance, unbiased)].map((one, which) =>
            tf.add(tf.mul(state[which]!, 1 - momentum), tf.mul(one, momentum)),
          ),
        );
      },
      evaluated: ([mean, variance]) =>
        channelNormalization({ ...options, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D }),
    },
    forward: ([gain, shift], input, scope) =>
      new BatchNormalizationTrace(options, gain as tf.Tensor1D, shift as tf.Tensor1D, input, scope),
  };
}

class BatchNormalizationTrace implements LayerTrace {
  readonly couplesSamples = true;
  readonly input: tf.Tensor2D;
  /** Of each channel, over `count` pixels. */
  readonly statistics: { readonly mean: tf.Tensor1D; readonly variance: tf.Tensor1D; readonly count: number };
  readonly #options: BatchNormalizationOptions;
  readonly #gain: tf.Tensor1D;
  /** 1 / sqrt(variance + epsilon) of each channel. */
  readonly #precision: tf.Tensor1D;
  /** Mean 0, variance 1: `[n * positions, channels]`. */
  readonly #normalised: tf.Tensor2D;
  readonly #activated: Activated;

  constructor(
    options: BatchNormalizationOptions,
    gain: tf.Tensor1D,
    shift: tf.Tensor1D,
    input: tf.Tensor2D,
    scope: TensorScope,
  ) {
    this.input = input;
    this.#options = options;
    this.#gain = gain;
    const mean = scope.own((): tf.Tensor1D => tf.mean(this.#byPixel(input), 0));
    const centred = scope.own((): tf.Tensor2D => tf.sub(this.#byPixel(input), mean));
    const variance = scope.own((): tf.Tensor1D => tf.mean(tf.square(centred), 0));
    this.statistics = { mean, variance, count: input.shape[0] * options.positions };
    this.#precision = scope.own((): tf.Tensor1D => tf.rsqrt(tf.add(variance, options.epsilon)));
    this.#normalised = scope.own((): tf.Tensor2D => tf.mul(centred, this.#precision));
    this.#activated = new Activated(options.activation, scope, () =>
      this.#bySample(tf.add(tf.mul(this.#normalised, gain), shift)),
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

  /** Of a sum over the batch: one row a sample. */
  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    if (sensitivity.shape[0] !== this.input.shape[0]) throw undefinedForBatches();
    return tf.tidy(() => this.#bySample(this.#normalisedChange(tf.mul(this.#byPixel(sensitivity), this.#gain))));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const terms: tf.Tensor[] = [];
      if (input !== null) terms.push(tf.mul(this.#normalisedChange(this.#byPixel(input)), this.#gain));
      if (parameters !== null) terms.push(tf.add(tf.mul(this.#normalised, parameters[0]!), parameters[1]!));
      return terms.length === 0 ? tf.zerosLike(this.output) : this.#bySample(tf.addN(terms));
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const rows = this.#byPixel(weights === undefined ? sensitivity : tf.mul(sensitivity, weights));
      return [tf.sum(tf.mul(rows, this.#normalised), 0), tf.sum(rows, 0)];
    });
  }

  rowGradients(): never {
    throw undefinedForBatches();
  }

  kernel(): never {
    throw undefinedForBatches();
  }

  outputSummedKernel(): never {
    throw undefinedForBatches();
  }

  /** The derivative of the normalised numbers in the input, a symmetric matrix for each channel, times `[n * positions, channels]`. */
  #normalisedChange(change: tf.Tensor2D): tf.Tensor2D {
    const along = tf.mul(this.#normalised, tf.mean(tf.mul(change, this.#normalised), 0));
    return tf.mul(tf.sub(tf.sub(change, tf.mean(change, 0)), along), this.#precision);
  }

  #byPixel(rows: tf.Tensor2D): tf.Tensor2D {
    const { positions, channels } = this.#options;
    return tf.reshape(rows, [rows.shape[0] * positions, channels]);
  }

  #bySample(pixels: tf.Tensor): tf.Tensor2D {
    const { positions, channels } = this.#options;
    return tf.reshape(pixels, [this.input.shape[0], positions * channels]);
  }
}
