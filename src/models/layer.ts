import type * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../randomness.ts';
import type { TensorScope } from '../tensorScope.ts';

export interface ParameterDescription {
  /** `W1`, `b1`: the layer's number is part of it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Initial values in float32, row-major. */
  initialise(stream: RandomStream): Float32Array;
}

/** A gradient as a product, `left^T right`: `[n, rows]` and `[n, columns]`, a row for each sample. */
export interface GradientFactors {
  readonly left: tf.Tensor2D;
  readonly right: tf.Tensor2D;
}

/** What a layer keeps of a forward pass; its tensors belong to the scope of that pass. */
export interface LayerTrace {
  /** `[n, in]` */
  readonly input: tf.Tensor2D;
  /** `[n, out]`, after the activation. */
  readonly output: tf.Tensor2D;
  /** Derivative of the activation, `[n, out]`, computed when first asked for; null where it is 1 throughout. */
  slope(): tf.Tensor2D | null;
  /**
   * The Gram of what the parameters see, `[n, n]`, with its factor: kernel term = (factor * gram + bias) o
   * (S S^T). `known` is the Gram of the layer's plain input, where somebody has it. Runs inside a tidy.
   */
  inputGram(known?: tf.Tensor2D): { readonly gram: tf.Tensor2D; readonly factor: number; readonly bias: number };
  /**
   * Gradients of the layer's parameters for sensitivities `[n, out]` of the pre-activation, each row
   * weighted by `weights` `[n, 1]` where given. Not owned by any scope: the caller's to dispose of.
   */
  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[];
  /**
   * The factors of each gradient that {@link gradients} gives for the same arguments, null where it has none; no
   * such method where none has. The caller disposes of them.
   */
  factors?(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): (GradientFactors | null)[];
}

/**
 * A layer: forward, backward (sensitivities) and its share of the kernel, walked explicitly so that the
 * probes of a step reuse what its training computed. Sensitivities are derivatives with respect to the
 * pre-activation unless said otherwise; one row for each sample and output, sample-major.
 */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: readonly ParameterDescription[];
  forward(parameters: readonly tf.Tensor[], input: tf.Tensor2D, scope: TensorScope): LayerTrace;
  /** Sensitivities of the pre-activation `[rows, out]` to those of the input `[rows, in]`. */
  toInput(parameters: readonly tf.Tensor[], sensitivity: tf.Tensor2D): tf.Tensor2D;
  /** What one output of this layer, taken as the model's output o, is sensitive to: `[outputs, in]`. */
  inputOfOutputs(parameters: readonly tf.Tensor[]): tf.Tensor2D;
}
