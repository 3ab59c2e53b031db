import * as tf from '@tensorflow/tfjs-core';
import { normalArray } from '../randomness.ts';
import type { Layer } from './layer.ts';
import { outputSummedRowKernel, rowKernel, sensitivityRows } from './rowKernel.ts';

export interface PositionEmbeddingOptions {
  /** The layer's number: part of its parameter's name. */
  readonly index: number;
  readonly tokens: number;
  readonly dimension: number;
  /** Standard deviation of the initial embedding. */
  readonly deviation: number;
}

/** Adds a learned vector to each token, the same in every sample. */
export function positionEmbedding({ index, tokens, dimension, deviation }: PositionEmbeddingOptions): Layer {
  const width = tokens * dimension;
  return {
    inputs: width,
    outputs: width,
    parameters: [
      {
        name: `P${index}`,
        shape: [tokens, dimension],
        initialise: (stream) => normalArray(stream, width, deviation),
      },
    ],
    forward([positions], input, scope) {
      const flat = (embedding: tf.Tensor): tf.Tensor2D => tf.reshape(embedding, [1, width]);
      const output = scope.own(() => tf.add(input, flat(positions!)) as tf.Tensor2D);
      const samples = input.shape[0];
      return {
        input,
        output,
        slope: () => null,
        toInput: (sensitivity) => tf.clone(sensitivity),
        pushForward: (parameters, change) =>
          tf.tidy(() => {
            const moved = change ?? tf.zerosLike(output);
            return parameters === null ? tf.clone(moved) : (tf.add(moved, flat(parameters[0]!)) as tf.Tensor2D);
          }),
        gradients: (sensitivity, weights) =>
          tf.tidy(() => {
            const summed =
              weights === undefined ? tf.sum(sensitivity, 0) : tf.matMul(weights, sensitivity, true, false);
            return [tf.reshape(summed, [tokens, dimension])];
          }),
        rowGradients: (sensitivity) => [tf.clone(sensitivity)],
        kernel: (sensitivity, outputs) => tf.tidy(() => rowKernel([sensitivityRows(sensitivity, samples, outputs)])),
        outputSummedKernel: (sensitivity, outputs) =>
          tf.tidy(() => outputSummedRowKernel([sensitivityRows(sensitivity, samples, outputs)], outputs)),
      };
    },
  };
}
