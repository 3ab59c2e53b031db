import type * as tf from '@tensorflow/tfjs-core';
import type { Loss } from '../losses/loss.ts';
import type { Network, Parameters, sensitivities, Trace } from '../models/model.ts';
import type { Lens } from '../probe.ts';
import type { AgopReference, Task } from '../tasks/task.ts';
import type { TensorScope } from '../tensorScope.ts';
import type { Samples } from './samples.ts';

/** What does not change from step to step. */
export interface LensSubject {
  readonly network: Network;
  readonly loss: Loss;
  readonly classes: Task['classes'];
  readonly agopReference: AgopReference | undefined;
  /** The optimizer's limit of learning rate times largest curvature: 2 for gradient descent. */
  readonly stabilityLimit: number;
  /** P^{-1} d as in `OptimizerState.precondition`; absent where P is the identity. */
  readonly precondition?: ((directions: readonly tf.Tensor[]) => tf.Tensor[] | null) | undefined;
  /** As in `OptimizerState.denominators`; null of methods that have none. */
  readonly denominators?: (() => tf.Tensor[] | null) | undefined;
  /** Largest order n c at which a kernel is formed for its eigenpairs. Default 5000. */
  readonly largestFormedKernel?: number;
}

/** What the eigensolver of one lens keeps from step to step. */
export interface KernelMemory {
  /** The largest rank asked for so far: from the second step on, one solve serves every operator. */
  rank: number;
  /** The previous step's eigenvectors and the guard vector behind them. */
  start?: Float64Array;
  /** The same of the last estimate. */
  estimateStart?: Float64Array;
  /** The previous vectors of the eigenproblems beside the kernel's, by what they are of. */
  readonly starts: Record<string, Float64Array>;
}

/** A lens as the computations of quantities see it: beside the quantities, what they are computed from. */
export interface WorkingLens extends Lens {
  readonly subject: LensSubject;
  readonly samples: Samples;
  /** Owns the tensors of the step. */
  readonly scope: TensorScope;
  readonly memory: KernelMemory;
  /** @throws {ProbeExpiredError} after the step's delivery. */
  readonly parameters: Parameters;
  /** The quantity of that name, computed the first time. */
  once<T>(name: string, compute: () => T): T;
  /** The forward pass. */
  trace(): Trace;
  /** Sensitivities of every output to every pre-activation. */
  sensitivities(): ReturnType<typeof sensitivities>;
  /** The same if some probe has asked for them. */
  knownSensitivities(): ReturnType<typeof sensitivities> | undefined;
}
