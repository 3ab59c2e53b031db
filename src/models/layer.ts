import type * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../randomness.ts';
import type { TensorScope } from '../tensorScope.ts';

export interface ParameterDescription {
  /** `W1`, `b1`: the layer's number is part of it. */
  readonly name: string;
  readonly shape: readonly number[];
  /**
   * Which of a layer's parameters belong together, a weight and its bias, where the layer has several such groups:
   * optimizers that precondition them jointly ask. Default: all of them.
   */
  readonly group?: string;
  /** Initial values in float32, row-major. */
  initialise(stream: RandomStream): Float32Array;
}

/** A gradient as a product, `left^T right`: `[n, rows]` and `[n, columns]`, a row for each sample. */
export interface GradientFactors {
  readonly left: tf.Tensor2D;
  readonly right: tf.Tensor2D;
}

/**
 * Sensitivities of each of the model's c outputs to a layer's pre-activation, `[n c, out]`, sample-major and
 * output-minor; null for the last layer, where they are the identity for each sample.
 */
export type Sensitivity = tf.Tensor2D | null;

/**
 * What a layer keeps of a forward pass, and what follows from it. Its tensors belong to the scope of that pass. Every
 * activation is a row of numbers a sample, `[n, width]`, images as height x width x channels. Methods that return
 * tensors run inside a tidy or leave them to the caller to dispose of.
 */
export interface LayerTrace {
  /** Whether a row of the output depends on the other rows of the input; absent where not. */
  readonly couplesSamples?: true;
  /** `[n, in]` */
  readonly input: tf.Tensor2D;
  /** `[n, out]`, after the activation. */
  readonly output: tf.Tensor2D;
  /** Derivative of the activation, `[n, out]`, computed when first asked for; null where it is 1 throughout. */
  slope(): tf.Tensor2D | null;
  /**
   * Sensitivities of the output to those of the pre-activation, `[n, out]` both, in layers that may have something
   * cheaper for it than a product with the slope.
   */
  toPreactivation?(sensitivity: tf.Tensor2D): tf.Tensor2D;
  /** Sensitivities of the pre-activation `[rows, out]` to those of the input `[rows, in]`: rows n or n c, sample-major. */
  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D;
  /** `toInput` of the identity, `[out, in]`, in layers for which it is the same for every sample. */
  inputOfOutputs?(): tf.Tensor2D;
  /**
   * Change of the pre-activation, `[n, out]`, to first order, where the parameters change by `parameters` (their shapes;
   * null: not at all) and the input by `input` (`[n, in]`; null: not at all).
   */
  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D;
  /**
   * Gradients of the layer's parameters for sensitivities `[n, out]` of the pre-activation, each row
   * weighted by `weights` `[n, 1]` where given.
   */
  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[];
  /** The same a row, not summed: `[rows, size]` for each parameter; rows n or n c, sample-major. */
  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[];
  /**
   * The layer's term of the tangent kernel, `[n c, n c]`: Gram of the row gradients, by whatever structure makes it
   * cheap. `inputGram` is the Gram of the layer's input, `[n, n]`, where somebody has it. Null without parameters.
   */
  kernel(sensitivity: Sensitivity, outputs: number, inputGram?: tf.Tensor2D): tf.Tensor2D | null;
  /** The same summed over outputs, `[n, n]`, sum_o K[i o, j o]. */
  outputSummedKernel(sensitivity: Sensitivity, outputs: number, inputGram?: tf.Tensor2D): tf.Tensor2D | null;
  /**
   * The factors of each gradient that {@link gradients} gives for the same arguments, null where it has none; no
   * such method where none has.
   */
  factors?(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): (GradientFactors | null)[];
}

/** Numbers that a layer keeps from step to step beside its parameters: no gradient moves them and no optimizer sees them. */
export interface LayerState {
  readonly descriptions: readonly ParameterDescription[];
  /** The state after a training step with this trace of the layer. The caller disposes of it. */
  after(state: readonly tf.Tensor[], trace: LayerTrace): tf.Tensor[];
  /** The layer as it is evaluated: the same parameters, and the state in place of what it takes from the batch. */
  evaluated(state: readonly tf.Tensor[]): Layer;
}

/**
 * A layer: forward, backward (sensitivities), forward derivatives and its share of the kernel, walked explicitly so
 * that the probes of a step reuse what its training computed. Sensitivities are derivatives with respect to the
 * pre-activation unless said otherwise; one row for each sample and output, sample-major.
 */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Its inputs are whole numbers from 0 to this, exclusive, and it has no derivative in them; absent for any others. */
  readonly indices?: number;
  readonly parameters: readonly ParameterDescription[];
  /** Present in layers that normalise by the batch: they couple its samples. */
  readonly state?: LayerState;
  /** The parameters live as long as the trace. */
  forward(parameters: readonly tf.Tensor[], input: tf.Tensor2D, scope: TensorScope): LayerTrace;
}
