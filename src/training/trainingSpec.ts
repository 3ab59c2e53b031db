import type { Observable } from 'rxjs';
import { isObservable } from 'rxjs';
import { z } from 'zod';
import type { BackendName } from '../backend/chooseBackend.ts';
import type { Eventual } from '../eventual.ts';
import type { Model } from '../models/model.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { TrainingStep } from '../step.ts';
import type { AgopReference, Task } from '../tasks/task.ts';
import { checked } from '../validation.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import { checkIsCheckpoint } from './checkpointFit.ts';
import type { ControlMessage } from './control.ts';
import type { LearningRateFunction, Schedule } from './schedule.ts';

/** Everything a run is made of. */
export interface TrainingSpec {
  readonly task: Task;
  readonly model: Model;
  /** A number, a function of the step (which may ask the probe), a schedule with memory, or a stream of rates. */
  readonly learningRate: number | LearningRateFunction | Schedule | Observable<number>;
  /** Updates to make. The rows are numbered 0 to `steps`: the last one shows the state after the last update. */
  readonly steps: number;
  /** About how many updates it will take where `until` ends it sooner: for progress bars. */
  readonly expectedSteps?: number;
  /** Default: gradient descent. */
  readonly optimizer?: Optimizer;
  /** Default: `square`. */
  readonly loss?: 'square' | 'crossEntropy';
  /** Samples a step, drawn without replacement within an epoch; default: all of them. */
  readonly batchSize?: number;
  /** Determines data, initialisation and order. Default 0. */
  readonly seed?: number;
  /**
   * Ends the run after a row for which this holds, for example `(row) => row.loss < 1e-3`. Not asked while a
   * schedule still has something to do.
   */
  readonly until?: (row: TrainingStep) => Eventual<boolean>;
  /** What AGOP alignment is measured against, instead of the task's true function. */
  readonly agopReference?: AgopReference;
  /** Name of the run. Default: made of task, model and seed. */
  readonly name?: string;
  /** Backend to run on: `auto`, `tensorflow`, `webgpu`, `wasm`, `cpu`. Default `auto`, or what is in use. */
  readonly backend?: BackendName | 'auto';
}

export interface TrainingOptions {
  /** Pause, resume, checkpoint, stop, set the learning rate. An error of this stream is an error of the run. */
  readonly control$?: Observable<ControlMessage>;
  /**
   * Where checkpoints go: every so many updates, when one is asked for, and when the run ends by itself or by `stop`
   * with a loss that is finite. The one at the end is taken after one more update, so that the run can go on longer.
   */
  readonly checkpoints?: CheckpointStore;
  /**
   * Goes on from there as if the run had never stopped: the first row is that of the checkpoint's step, and all
   * numbers but `seconds` are the same bit for bit, provided that the spec (but for `steps` and `until`), the operators
   * and the backend are. Operators of one's own must keep what they remember (`RememberingMeasure`, `run.keep`); a
   * learning rate that is a stream is listened to anew. A run that had made all its `steps` completes without a row.
   */
  readonly resume?: Checkpoint;
  /** Whether a checkpoint of another backend is refused. False: it goes on, but not exactly, and the run's metadata say so. Default true. */
  readonly exact?: boolean;
}

const Options = z.object({
  checkpoints: z
    .object({
      every: z.int().min(1).optional(),
      put: z.custom((put) => typeof put === 'function', 'expected a function'),
    })
    .optional(),
  exact: z.boolean().optional(),
});

/**
 * @throws {RangeError | TypeError} in one line, naming the option, its value and what was expected.
 */
export function checkOptions(options: TrainingOptions): void {
  checked('train', Options, options);
  if (options.resume !== undefined) checkIsCheckpoint(options.resume);
}

const Numbers = z.object({
  steps: z.int().min(0),
  expectedSteps: z.int().min(1).optional(),
  batchSize: z.int().min(1).optional(),
  seed: z.int().optional(),
  loss: z.enum(['square', 'crossEntropy']).optional(),
  until: z.function().optional(),
});

/**
 * @throws {RangeError | TypeError} in one line, naming the field, its value and what was expected.
 */
export function checkSpec(spec: TrainingSpec): void {
  const { learningRate } = spec;
  if (typeof spec.task?.data !== 'function')
    throw new TypeError(`train: task = ${spec.task}: expected a task, such as lowRankRegression()`);
  if (typeof spec.model?.build !== 'function')
    throw new TypeError(`train: model = ${spec.model}: expected a model, such as mlp()`);
  if (spec.optimizer !== undefined && typeof spec.optimizer?.start !== 'function')
    throw new TypeError(`train: optimizer = ${spec.optimizer}: expected an optimizer, such as gradientDescent()`);
  checked('train', Numbers, spec);
  if (typeof learningRate === 'number') {
    if (!(learningRate >= 0 && Number.isFinite(learningRate))) {
      throw new RangeError(`train: learningRate = ${learningRate}: expected a finite number of at least 0`);
    }
  } else if (
    typeof learningRate !== 'function' &&
    !isObservable(learningRate) &&
    typeof learningRate?.start !== 'function'
  ) {
    throw new TypeError(
      `train: learningRate = ${learningRate}: expected a number, a function, a schedule or an Observable`,
    );
  }
}

/**
 * What only the data can show about the reference for AGOP alignment.
 * @throws {RangeError} when it is not a diagonal or a matrix for that many inputs.
 */
export function checkReference({ from, diagonal, matrix }: AgopReference, dimension: number): void {
  const fits = diagonal === undefined ? matrix?.length === dimension ** 2 : diagonal.length === dimension;
  if (fits) return;
  throw new RangeError(
    `train: agopReference from ${from} has ${(diagonal ?? matrix)?.length ?? 'no'} numbers: expected a diagonal of ${dimension} or a matrix of ${dimension} x ${dimension}`,
  );
}
