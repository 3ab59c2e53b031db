import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './layer.ts';
import { withoutParameters } from './withoutParameters.ts';

export interface GlobalAveragePoolingOptions {
  /** Pixels of an image, or tokens of a sequence. */
  readonly positions: number;
  /** Numbers of a position. */
  readonly channels: number;
}

/** The mean over all positions of a sample: `[n, positions * channels]` to `[n, channels]`. */
export function globalAveragePooling({ positions, channels }: GlobalAveragePoolingOptions): Layer {
  const average = (rows: tf.Tensor2D): tf.Tensor2D =>
    tf.mean(tf.reshape(rows, [rows.shape[0], positions, channels]), 1);
  return {
    inputs: positions * channels,
    outputs: channels,
    parameters: [],
    forward(_, input, scope) {
      const output = scope.own(() => average(input));
      return {
        ...withoutParameters,
        input,
        output,
        slope: () => null,
        toInput: (sensitivity) =>
          tf.tidy(() => {
            const rows = sensitivity.shape[0];
            const shares = tf.fill([rows, positions, 1], 1 / positions) as tf.Tensor3D;
            const spread = tf.matMul(shares, tf.reshape(sensitivity, [rows, 1, channels]));
            return tf.reshape(spread, [rows, positions * channels]);
          }),
        pushForward: (_, change) => tf.tidy(() => (change === null ? tf.zerosLike(output) : average(change))),
      };
    },
  };
}
