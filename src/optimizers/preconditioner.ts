import type * as tf from '@tensorflow/tfjs-core';
import type { Eventual } from '../eventual.ts';
import type { GradientFactors } from '../models/layer.ts';
import type { OptimizerRun } from './optimizer.ts';
import type { StateTensors } from './stateTensors.ts';

/** The matrix P of one run, as the two things done with it; what it remembers lives in the state's tensors. */
export interface Preconditioner {
  /** Present where P is a diagonal matrix. */
  readonly diagonal?: true;
  /** Whether P^{-1} means something before the first gradient. */
  readonly definedAtStart: boolean;
  /** Takes in the gradients of update number `step`, counted from 1; with their factors where there are any. */
  absorb(gradients: readonly tf.Tensor[], step: number, factors?: Factors): Eventual<void>;
  /** P^{-1} d after `step` updates, as new tensors; with the factors of d where there are any. */
  apply(directions: readonly tf.Tensor[], step: number, factors?: Factors): tf.Tensor[];
}

/** Tensors in the order of the parameters as products, null for those that are not. */
export type Factors = readonly (GradientFactors | null)[];

export type PreconditionerFactory = (run: OptimizerRun, state: StateTensors) => Preconditioner;
