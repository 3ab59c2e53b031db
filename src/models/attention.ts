import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import type { Layer, LayerTrace } from './layer.ts';
import { withoutParameters } from './withoutParameters.ts';

export interface AttentionOptions {
  readonly tokens: number;
  /** Numbers of a token, shared out among the heads. */
  readonly dimension: number;
  readonly heads: number;
}

/**
 * Multi-head self-attention between its projections: from query, key and value of each token side by side, `[n, tokens * 3
 * dimension]`, to softmax(Q K^T / sqrt(dimension / heads)) V, `[n, tokens * dimension]`. The projections before and
 * after are tokenwise layers; this one has no parameters.
 * Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2.
 */
export function attention(options: AttentionOptions): Layer {
  const { tokens, dimension } = options;
  return {
    inputs: tokens * 3 * dimension,
    outputs: tokens * dimension,
    parameters: [],
    forward: (_, input, scope) => attentionTrace(options, input, scope),
  };
}

function attentionTrace(options: AttentionOptions, input: tf.Tensor2D, scope: TensorScope): LayerTrace {
  const { tokens, dimension, heads } = options;
  const ofHead = dimension / heads;
  const scale = 1 / Math.sqrt(ofHead);
  const samples = input.shape[0];
  const matrices: readonly [number, number] = [tokens, ofHead];

  /** Query, key and value, heads first: `[rows * heads, tokens, numbers of a head]` each. */
  const parts = (rows: tf.Tensor2D): [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D] => {
    const count = rows.shape[0];
    const apart = tf.transpose(tf.reshape(rows, [count, tokens, 3, heads, ofHead]), [2, 0, 3, 1, 4]);
    return [0, 1, 2].map((which) => tf.reshape(tf.slice(apart, which, 1), [count * heads, ...matrices])) as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
    ];
  };
  const byHead = (rows: tf.Tensor2D): tf.Tensor3D =>
    tf.reshape(tf.transpose(tf.reshape(rows, [rows.shape[0], tokens, heads, ofHead]), [0, 2, 1, 3]), [
      rows.shape[0] * heads,
      ...matrices,
    ]);
  const bySample = (perHead: tf.Tensor3D): tf.Tensor2D => {
    const count = perHead.shape[0] / heads;
    const together = tf.transpose(tf.reshape(perHead, [count, heads, tokens, ofHead]), [0, 2, 1, 3]);
    return tf.reshape(together, [count, tokens * dimension]);
  };

  const [query, key, value] = tf.tidy(() => parts(input)).map((part) => scope.own(() => part)) as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const scores = (left: tf.Tensor3D, right: tf.Tensor3D): tf.Tensor3D =>
    tf.mul(tf.matMul(left, right, false, true), scale);
  /** Which token each token looks at, `[n * heads, tokens, tokens]`; rows sum to 1. */
  const share = scope.own(() => tf.softmax(scores(query, key)));
  const output = scope.own(() => bySample(tf.matMul(share, value)));
  /** The derivative of softmax, a symmetric matrix for each row, times `change`. */
  const softmaxChange = (shares: tf.Tensor3D, change: tf.Tensor3D): tf.Tensor3D => {
    const weighted = tf.mul(shares, change);
    return tf.sub(weighted, tf.mul(shares, tf.sum(weighted, 2, true)));
  };
  /** Once for each of the rows of a sample. */
  const repeated = (tensor: tf.Tensor3D, times: number): tf.Tensor3D => {
    if (times === 1) return tensor;
    const [, height, width] = tensor.shape;
    const flat = tf.reshape(tensor, [samples, heads * height * width]) as tf.Tensor2D;
    return tf.reshape(tf.tile(flat, [1, times]), [samples * times * heads, height, width]);
  };

  return {
    ...withoutParameters,
    input,
    output,
    slope: () => null,
    toInput: (sensitivity) =>
      tf.tidy(() => {
        const rows = sensitivity.shape[0];
        const times = rows / samples;
        const shares = repeated(share, times);
        const ofOutput = byHead(sensitivity);
        const ofValue = tf.matMul(shares, ofOutput, true, false);
        const ofShare: tf.Tensor3D = tf.matMul(ofOutput, repeated(value, times), false, true);
        const ofScore: tf.Tensor3D = tf.mul(softmaxChange(shares, ofShare), scale);
        const ofQuery = tf.matMul(ofScore, repeated(key, times));
        const ofKey = tf.matMul(ofScore, repeated(query, times), true, false);
        const together = tf.reshape(tf.concat([ofQuery, ofKey, ofValue], 0), [3, rows, heads, tokens, ofHead]);
        return tf.reshape(tf.transpose(together, [1, 3, 0, 2, 4]), [rows, tokens * 3 * dimension]);
      }),
    pushForward: (_, change) =>
      tf.tidy(() => {
        if (change === null) return tf.zerosLike(output);
        const [ofQuery, ofKey, ofValue] = parts(change);
        const ofScore: tf.Tensor3D = tf.add(scores(ofQuery, key), scores(query, ofKey));
        const moved = tf.matMul(softmaxChange(share, ofScore), value);
        return bySample(tf.add(moved, tf.matMul(share, ofValue)));
      }),
  };
}
