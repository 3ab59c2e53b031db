import type * as tf from '@tensorflow/tfjs-core';
import type { Eventual } from '../eventual.ts';
import type { GradientFactors } from '../models/layer.ts';
import type { Json } from '../run.ts';

/** A method of updating parameters: immutable settings; `start` gives the state of one run. */
export interface Optimizer {
  readonly name: string;
  readonly description: Json;
  /** Coefficient beta of heavy-ball or Nesterov momentum; 0 without, and 0 where gradients are averaged instead (Adam). */
  readonly momentum: number;
  /**
   * Continuous time that one step of learning rate 1 takes: the weights of one gradient in all updates to come
   * add up to it. 1 / (1 - beta) with momentum, 1 for an average of gradients.
   */
  readonly timeScale: number;
  /**
   * Largest learning rate times eigenvalue of P^{-1} H at which the method is stable on a quadratic with Hessian
   * H and fixed preconditioner P: 2 for gradient descent, 2 (1 + beta) for the heavy ball,
   * 2 (1 + beta) / (1 + 2 beta) for Nesterov, 2 (1 + beta) / (1 - beta) for an average of gradients.
   * Source: Cohen et al. 2021 (arXiv 2103.00065), equation 1; Cohen et al. 2022 (arXiv 2207.14484), section 2.
   */
  readonly stabilityLimit: number;
  /** Whether P is anything but the identity. */
  readonly preconditioned: boolean;
  /** Whether updates are cheaper with {@link OptimizerStep.factors}: else they are not kept for it. */
  readonly usesFactors?: boolean;
  start(run: OptimizerRun): OptimizerState;
}

/** What an optimizer is told when a run begins. */
export interface OptimizerRun {
  /** The parameters in the order of every later call: flattened over layers, [W1, b1, W2, b2, ...]. */
  readonly parameters: readonly ParameterSlot[];
  /** Samples in the average that a gradient is: the factor B of root-free methods. */
  readonly batchSize: number;
}

export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** The part of a layer that it belongs to, numbered from 0: a weight and its bias share it. */
  readonly group: number;
}

/** What an update is made from; every list is in the order of {@link OptimizerRun}. */
export interface OptimizerStep {
  readonly parameters: readonly tf.Tensor[];
  /** Of the loss on this step's batch, at `parameters`. */
  readonly gradients: readonly tf.Tensor[];
  /**
   * Gradients as products, null where one is not, from layers and trainers that have them so: what can be said of
   * a gradient through its factors costs a batch's rows instead of the other side of the matrix.
   */
  readonly factors?: readonly (GradientFactors | null)[];
  readonly learningRate: number;
  /**
   * Gradients of the loss at other parameters, on this step's batch, on the whole training set, or on so many samples:
   * the batch and what comes after it in the order of the epoch. The caller disposes of them. A promise where the
   * backend cannot read synchronously.
   * @throws {RangeError} when there are not so many samples.
   */
  gradientsAt(parameters: readonly tf.Tensor[], samples?: 'batch' | 'train' | number): Eventual<tf.Tensor[]>;
}

export interface NamedTensor {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/** The state of one run. It owns its tensors until `dispose`; everything else belongs to the caller. */
export interface OptimizerState {
  /** New values for all parameters. The caller disposes of them, of the old parameters and of the gradients. */
  update(step: OptimizerStep): Eventual<tf.Tensor[]>;
  /**
   * P^{-1} d for directions d shaped like the parameters, with the preconditioner P that the latest update used:
   * without momentum and weight decay that update was w - lr P^{-1} g. P is symmetric and positive definite; it
   * is the identity for plain gradient descent. Null before the first update of methods that have no P by then.
   * The caller disposes of the result.
   */
  precondition(directions: readonly tf.Tensor[]): tf.Tensor[] | null;
  /**
   * The diagonal of that P, shaped like the parameters: what the latest update divided each element by. Null where
   * `precondition` is; absent of methods whose P is no diagonal. The caller disposes of the result.
   */
  readonly denominators?: () => tf.Tensor[] | null;
  /** Everything that a run resumed from here needs, with {@link scalars}: alive until the next update. */
  tensors(): readonly NamedTensor[];
  scalars(): Json;
  /**
   * Goes on from a saved state, bit for bit; copies the tensors.
   * @throws {RangeError} naming the tensor that is missing or has the wrong shape, or the scalars.
   */
  restore(tensors: readonly NamedTensor[], scalars: Json): void;
  dispose(): void;
}
