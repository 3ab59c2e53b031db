import type * as tf from '@tensorflow/tfjs-core';
import type { Json } from '../run.ts';

/** A method of updating parameters: immutable settings; `start` gives the state of one run. */
export interface Optimizer {
  readonly name: string;
  readonly description: Json;
  /** Heavy-ball coefficient beta, 0 without momentum: continuous time and the critical rate need it. */
  readonly momentum: number;
  start(): OptimizerState;
}

export interface OptimizerState {
  /**
   * New values for all parameters, flattened over layers. The caller disposes of the old parameters and
   * of the gradients; the state keeps and disposes of its own tensors.
   */
  update(parameters: readonly tf.Tensor[], gradients: readonly tf.Tensor[], learningRate: number): tf.Tensor[];
  dispose(): void;
}
