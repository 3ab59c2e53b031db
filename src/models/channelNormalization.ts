import * as tf from '@tensorflow/tfjs-core';
import { Activated, type ActivationName } from './activation.ts';
import type { Layer } from './layer.ts';
import { outputSummedRowKernel, rowKernel, sensitivityRows } from './rowKernel.ts';

export interface ChannelNormalizationOptions {
  readonly index: number;
  readonly positions: number;
  readonly channels: number;
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** Of each channel; they live as long as the layer's traces. */
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Batch normalization as it is evaluated, with statistics that are given: each sample by itself. */
export function channelNormalization(options: ChannelNormalizationOptions): Layer {
  const { index, positions, channels, activation, epsilon, mean, variance } = options;
  const width = positions * channels;
  const channel = (name: string, value: number) => ({
    name: `${name}${index}`,
    shape: [channels],
    initialise: () => new Float32Array(channels).fill(value),
  });
  const byPixel = (rows: tf.Tensor2D): tf.Tensor2D => tf.reshape(rows, [rows.shape[0] * positions, channels]);
  const bySample = (pixels: tf.Tensor): tf.Tensor2D => tf.reshape(pixels, [pixels.shape[0]! / positions, width]);
  return {
    inputs: width,
    outputs: width,
    parameters: [channel('gain', 1), channel('shift', 0)],
    forward([gain, shift], input, scope) {
      const samples = input.shape[0];
      const precision = scope.own((): tf.Tensor1D => tf.rsqrt(tf.add(variance, epsilon)));
      const normalised = scope.own((): tf.Tensor2D => tf.mul(tf.sub(byPixel(input), mean), precision));
      const activated = new Activated(activation, scope, () => bySample(tf.add(tf.mul(normalised, gain!), shift!)));
      /** The same diagonal map forward and backward. */
      const scaled = (rows: tf.Tensor2D) => bySample(tf.mul(tf.mul(byPixel(rows), gain!), precision));
      const rowGradients = (sensitivity: tf.Tensor2D): tf.Tensor2D[] =>
        tf.tidy(() => {
          const rows = sensitivity.shape[0];
          const apart = tf.reshape(sensitivity, [samples, rows / samples, width]);
          const seen = tf.reshape(normalised, [samples, 1, width]);
          return [tf.mul(apart, seen), apart].map(
            (one): tf.Tensor2D => tf.sum(tf.reshape(one, [rows, positions, channels]), 1),
          );
        });
      return {
        input,
        output: activated.output,
        slope: () => activated.slope(),
        toInput: (sensitivity) => tf.tidy(() => scaled(sensitivity)),
        pushForward: (parameters, change) =>
          tf.tidy(() => {
            const terms: tf.Tensor2D[] = [];
            if (change !== null) terms.push(scaled(change));
            if (parameters !== null) {
              terms.push(bySample(tf.add(tf.mul(normalised, parameters[0]!), parameters[1]!)));
            }
            return terms.length === 0 ? tf.zerosLike(activated.output) : tf.addN(terms);
          }),
        gradients: (sensitivity, weights) =>
          tf.tidy(() => {
            const rows = byPixel(weights === undefined ? sensitivity : tf.mul(sensitivity, weights));
            return [tf.sum(tf.mul(rows, normalised), 0), tf.sum(rows, 0)];
          }),
        rowGradients,
        kernel: (sensitivity, outputs) =>
          tf.tidy(() => rowKernel(rowGradients(sensitivityRows(sensitivity, samples, outputs)))),
        outputSummedKernel: (sensitivity, outputs) =>
          tf.tidy(() => outputSummedRowKernel(rowGradients(sensitivityRows(sensitivity, samples, outputs)), outputs)),
      };
    },
  };
}
