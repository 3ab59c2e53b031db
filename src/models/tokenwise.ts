import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import { type DenseOptions, dense } from './dense.ts';
import type { Layer, LayerTrace, Sensitivity } from './layer.ts';
import { sensitivityRows } from './rowKernel.ts';
import { outputSummedSharedKernel, type SharedMap, sharedKernel, sharedRowGradients } from './sharedMap.ts';

export interface TokenwiseOptions extends DenseOptions {
  /** Tokens of a sample; `inputs` and `outputs` are numbers of one token. */
  readonly tokens: number;
}

/** A dense layer applied to each token by itself: `[n, tokens * in]` to `[n, tokens * out]`. */
export function tokenwise(options: TokenwiseOptions): Layer {
  const { tokens } = options;
  const ofToken = dense(options);
  return {
    inputs: tokens * options.inputs,
    outputs: tokens * options.outputs,
    parameters: ofToken.parameters,
    forward: (parameters, input, scope) => {
      const rows = scope.own(() => byToken(input, tokens));
      return new TokenwiseTrace(options, ofToken.forward(parameters, rows, scope), input, scope);
    },
  };
}

class TokenwiseTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly output: tf.Tensor2D;
  readonly #options: TokenwiseOptions;
  /** Of all tokens of all samples. */
  readonly #dense: LayerTrace;
  readonly #scope: TensorScope;
  #slope: tf.Tensor2D | null | undefined;
  #map: SharedMap | undefined;

  constructor(options: TokenwiseOptions, ofTokens: LayerTrace, input: tf.Tensor2D, scope: TensorScope) {
    this.input = input;
    this.#options = options;
    this.#dense = ofTokens;
    this.#scope = scope;
    this.output = scope.own(() => bySample(ofTokens.output, options.tokens));
  }

  slope(): tf.Tensor2D | null {
    if (this.#slope === undefined) {
      const slope = this.#dense.slope();
      this.#slope = slope === null ? null : this.#scope.own(() => bySample(slope, this.#options.tokens));
    }
    return this.#slope;
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    const { tokens } = this.#options;
    return tf.tidy(() => bySample(this.#dense.toInput(byToken(sensitivity, tokens)), tokens));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    const { tokens } = this.#options;
    return tf.tidy(() =>
      bySample(this.#dense.pushForward(parameters, input === null ? null : byToken(input, tokens)), tokens),
    );
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const weighted: tf.Tensor2D = weights === undefined ? sensitivity : tf.mul(sensitivity, weights);
      return this.#dense.gradients(byToken(weighted, this.#options.tokens));
    });
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => sharedRowGradients(this.#shared(), sensitivity));
  }

  kernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => sharedKernel(this.#shared(), this.#rows(sensitivity, outputs), outputs));
  }

  outputSummedKernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => outputSummedSharedKernel(this.#shared(), this.#rows(sensitivity, outputs), outputs));
  }

  #rows(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return sensitivityRows(sensitivity, this.input.shape[0], outputs);
  }

  #shared(): SharedMap {
    const { tokens, scale, bias } = this.#options;
    this.#map ??= {
      seen: scale === 1 ? this.#dense.input : this.#scope.own(() => tf.mul(this.#dense.input, scale)),
      positions: tokens,
      bias,
    };
    return this.#map;
  }
}

/** `[n, tokens * width]` as `[n * tokens, width]`. */
function byToken(rows: tf.Tensor2D, tokens: number): tf.Tensor2D {
  return tf.reshape(rows, [rows.shape[0] * tokens, rows.shape[1] / tokens]);
}

/** `[n * tokens, width]` as `[n, tokens * width]`. */
function bySample(rows: tf.Tensor2D, tokens: number): tf.Tensor2D {
  return tf.reshape(rows, [rows.shape[0] / tokens, rows.shape[1] * tokens]);
}
