import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, type MonoTypeOperatorFunction, tap, toArray } from 'rxjs';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { cnn } from '../../src/models/cnn.ts';
import { during } from '../../src/operators/cadence.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { hessian } from '../../src/operators/hessian.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Lens } from '../../src/probe.ts';
import { readMnist } from '../../src/sources/idxFiles.ts';
import type { TrainingStep } from '../../src/step.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import type { Task } from '../../src/tasks/task.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

let task: Task;
beforeAll(async () => {
  await useBackend(backendUnderTest);
  const digits = await readMnist();
  task = imageClassification(digits.train, digits.test, { samples: 512, testSamples: 300, target: 'classes' });
});

const spec = () => ({
  task,
  model: cnn({
    blocks: [8, 16].map((channels) => ({ channels, stride: 2 })),
    norm: 'batch',
    head: 'globalAverage',
    parameterization: 'standard',
  }),
  optimizer: gradientDescent({ momentum: 0.9 }),
  loss: 'crossEntropy' as const,
  learningRate: 0.1,
  batchSize: 32,
  steps: 120,
  backend: backendUnderTest,
});

it('learns, is evaluated with its running statistics, and resumes bit for bit with them', async () => {
  const before = tf.memory().numTensors;
  const saved: Checkpoint[] = [];
  let accuracy = 0;
  let shares: readonly number[] = [];
  const whole = await lastValueFrom(
    train(spec(), { checkpoints: { every: 60, put: async (checkpoint) => void saved.push(checkpoint) } }).pipe(
      tap(({ step, probe }) => {
        if (step !== 120) return;
        accuracy = probe!.test.accuracy() as number;
        shares = [probe!.train.loss() as number, probe!.batch.loss() as number];
      }),
      toArray(),
    ),
  );
  expect(accuracy).toBeGreaterThan(0.5);
  expect(shares.every(Number.isFinite)).toBe(true);
  expect(Object.keys(saved[0]!.parameters)).toEqual(expect.arrayContaining(['mean2', 'variance4']));
  let resumed = 0;
  const rest = await lastValueFrom(
    train(spec(), { resume: saved[0]! }).pipe(
      tap(({ step, probe }) => {
        if (step === 120) resumed = probe!.test.loss() as number;
      }),
      toArray(),
    ),
  );
  expect(rest.map(({ loss }) => loss)).toEqual(whole.slice(60).map(({ loss }) => loss));
  let again = 0;
  await lastValueFrom(
    train(spec()).pipe(
      tap(({ step, probe }) => {
        if (step === 120) again = probe!.test.loss() as number;
      }),
    ),
  );
  expect(resumed).toBe(again);
  expect(tf.memory().numTensors).toBe(before);
});

it('with the whole training set as a batch, that batch and its evaluation are two lenses', async () => {
  const seen: Lens[] = [];
  const losses: number[] = [];
  const { batchSize: _, ...fullBatch } = spec();
  await lastValueFrom(
    train({ ...fullBatch, steps: 1 }).pipe(
      tap(({ probe }) => {
        seen.push(probe!.batch, probe!.train);
        losses.push(probe!.batch.loss() as number, probe!.train.loss() as number);
      }),
    ),
  );
  expect(seen[0]).not.toBe(seen[1]);
  expect(losses[0]).not.toBe(losses[1]);
});

it.each([
  ['tangentKernel', tangentKernel({ cadence: during(({ step }) => step > 1000) })],
  ['eigenspace', eigenspace({ of: 'residual', ranks: [1], cadence: during(({ step }) => step > 1000) })],
  ['hessian', hessian({ on: 'batch', cadence: during(({ step }) => step > 1000) })],
])('%s of a batch whose samples are coupled is refused by name with the first row', async (name, operator) => {
  const before = tf.memory().numTensors;
  const pipe = operator as MonoTypeOperatorFunction<TrainingStep>;
  let rows = 0;
  const run = train({ ...spec(), steps: 2 }).pipe(
    tap(() => rows++),
    pipe,
  );
  await expect(lastValueFrom(run)).rejects.toThrow(new RegExp(`^${name}: batch normalization makes every output`));
  expect(rows).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

it('catapults go by the loss alone', async () => {
  const before = tf.memory().numTensors;
  const last = await lastValueFrom(train({ ...spec(), steps: 3 }).pipe(spikes(), catapults()));
  expect(last.step).toBe(3);
  expect(tf.memory().numTensors).toBe(before);
});
