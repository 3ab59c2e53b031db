import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, toArray } from 'rxjs';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';
import { whenReady } from '../../src/eventual.ts';
import { mlp } from '../../src/models/mlp.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Dataset, Task } from '../../src/tasks/task.ts';
import type { LearningRateFunction } from '../../src/training/schedule.ts';
import { train } from '../../src/training/train.ts';

/** A run of the library's own trainer, watched by its own operators. */
export interface RealRun {
  /** Learning rate over the critical rate of the first step. */
  readonly c: number;
  readonly seed: number;
  /** Default: one hidden layer of 256. */
  readonly widths?: readonly number[];
  readonly samples?: number;
  readonly momentum?: number;
  /** Default: the square loss on x1 x2 with noise; cross-entropy is on its sign. */
  readonly loss?: 'square' | 'crossEntropy';
  /** Default: all samples, without noise in the loss. */
  readonly batchSize?: number;
  readonly steps?: number;
  /** What goes wrong at step `at`: one step with all labels flipped, or the output layer times `factor`. */
  readonly disturbed?: {
    readonly by: 'flipped labels' | 'rescaled outputs';
    readonly at: number;
    readonly factor?: number;
  };
}

/** The last report of every event, in order. */
export async function verdictsOf(run: RealRun): Promise<SpikeEvent[]> {
  const { c, seed, widths = [256], samples = 200, loss = 'square', batchSize = samples, steps = 200, disturbed } = run;
  const { task, optimizer } = disturb(taskOf(loss, samples), gradientDescent({ momentum: run.momentum ?? 0 }), run);
  const stop = loss === 'square' ? 1e-3 : 0.02;
  const rows = await lastValueFrom(
    train({
      task,
      model: mlp({ widths: [...widths] }),
      optimizer,
      learningRate: constantInCritical(c),
      loss,
      batchSize,
      steps,
      seed,
      backend: 'wasm',
      until: (row) => row.loss < stop && disturbed === undefined,
    }).pipe(spikes(batchSize === samples ? { noise: 0 } : {}), catapults(), toArray()),
  );
  const last = new Map<number, SpikeEvent>();
  for (const {
    catapults: { event },
  } of rows)
    if (event !== null) last.set(event.begin, event);
  return [...last.values()];
}

/** c times the critical rate of the first step's kernel, ever after. */
function constantInCritical(c: number): LearningRateFunction {
  let rate: number | undefined;
  return ({ probe }) =>
    rate ??
    whenReady(probe.train.criticalLearningRate(), (critical) => {
      rate = c * critical;
      return rate;
    });
}

function taskOf(loss: 'square' | 'crossEntropy', samples: number): Task {
  const options = { target: 'r2', dimension: 20, samples, testSamples: 1 } as const;
  if (loss === 'square') return lowRankRegression(options);
  const plain = lowRankRegression({ ...options, noise: 0 });
  const signs = (set: Dataset): Dataset => ({ ...set, targets: set.targets.map((y) => (y > 0 ? 1 : -1)) });
  return {
    ...plain,
    name: 'sign of x1 x2',
    classes: 'sign',
    data: (seed) => whenReady(plain.data(seed), ({ train, test }) => ({ train: signs(train), test: signs(test) })),
  };
}

/** The optimizer is where one gets between two steps: after an update the next step has not looked at anything yet. */
function disturb(task: Task, optimizer: Optimizer, { disturbed, seed }: RealRun): { task: Task; optimizer: Optimizer } {
  if (disturbed === undefined) return { task, optimizer };
  const { by, at, factor = 1 } = disturbed;
  if (by === 'rescaled outputs') {
    const rescaled = afterUpdate(optimizer, at, (parameters) => {
      const last = parameters.at(-1)!;
      const scaled = tf.mul(last, factor) as tf.Tensor;
      last.dispose();
      return [...parameters.slice(0, -1), scaled];
    });
    return { task, optimizer: rescaled };
  }
  const data = task.data(seed);
  const flip = (parameters: tf.Tensor[]): tf.Tensor[] => {
    if (data instanceof Promise) throw new Error('the data are not there yet');
    const { targets } = data.train;
    for (let i = 0; i < targets.length; i++) targets[i] = -targets[i]!;
    return parameters;
  };
  const flipped = afterUpdate(afterUpdate(optimizer, at, flip), at + 1, flip);
  return { task: { ...task, data: () => data }, optimizer: flipped };
}

/** Does something to the parameters, or the world, just before the step numbered `step`. */
function afterUpdate(optimizer: Optimizer, step: number, act: (parameters: tf.Tensor[]) => tf.Tensor[]): Optimizer {
  return {
    ...optimizer,
    start(run) {
      const state = optimizer.start(run);
      const update = state.update.bind(state);
      let next = 0;
      state.update = (given) =>
        whenReady(update(given), (parameters) => {
          next += 1;
          return next === step ? act(parameters) : parameters;
        });
      return state;
    },
  };
}
