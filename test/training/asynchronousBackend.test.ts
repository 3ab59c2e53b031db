import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, map, take, toArray } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { mlp } from '../../src/models/mlp.ts';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { snapshot } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';

const backend = vi.hoisted(() => ({ late: false }));

// A backend that cannot read synchronously, as WebGPU: every number comes as a promise, some later than others.
vi.mock('../../src/probes/read.ts', () => ({
  read(tensor: tf.Tensor) {
    const values = tensor.dataSync();
    if (!backend.late) return values;
    return new Promise((resolve) => setTimeout(() => resolve(values), tensor.size % 3));
  },
}));

const spec: TrainingSpec = {
  task: lowRankRegression({ dimension: 6, samples: 24, testSamples: 10 }),
  model: mlp({ widths: [16] }),
  learningRate: raiseToCritical({ factor: 1.2, catapults: 1, rest: 2 }),
  steps: 40,
  backend: 'cpu',
};

const rows = (given: TrainingSpec) =>
  train(given).pipe(
    tangentKernel(),
    eigenspace({ rank: 2 }),
    agopAlignment(),
    evaluate(),
    spikes({ noise: 0 }),
    catapults({ rank: 2 }),
    map((row) => ({ ...snapshot(row), seconds: 0 })),
  );

it.each([
  ['gradient descent', spec],
  ['SAM, which looks around', { ...spec, optimizer: sam({ rho: 0.05 }), learningRate: 0.5 }],
  ['mini-batches', { ...spec, batchSize: 8, learningRate: 0.3 }],
  ['cross-entropy', { ...spec, loss: 'crossEntropy' as const, until: (row) => row.loss < 0.01 }],
] as [string, TrainingSpec][])('%s: the same rows whether numbers come at once or later', async (name, given) => {
  const operators =
    name === 'cross-entropy'
      ? train(given).pipe(
          tangentKernel(),
          map((row) => ({ ...snapshot(row), seconds: 0 })),
        )
      : rows(given);
  backend.late = false;
  const now = await lastValueFrom(operators.pipe(toArray()));
  const tensors = tf.memory().numTensors;
  backend.late = true;
  const later = await lastValueFrom(operators.pipe(toArray()));
  expect(later).toEqual(now);
  expect(tf.memory().numTensors).toBe(tensors);
});

it('unsubscribing while a number is on its way frees every tensor', async () => {
  backend.late = true;
  const tensors = tf.memory().numTensors;
  await lastValueFrom(rows(spec).pipe(take(3)));
  const subscription = rows(spec).subscribe({ error: (error) => expect.fail(String(error)) });
  await new Promise((resolve) => setTimeout(resolve, 30));
  subscription.unsubscribe();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(tf.memory().numTensors).toBe(tensors);
});

it('a checkpoint taken where numbers come later resumes the same run', async () => {
  const all = (options: TrainingOptions, steps: number) =>
    lastValueFrom(
      train({ ...spec, steps }, options).pipe(
        tangentKernel(),
        evaluate(),
        spikes({ noise: 0 }),
        catapults({ rank: 2 }),
        map((row) => ({ ...snapshot(row), seconds: 0 })),
        toArray(),
      ),
    );
  const whole = await all({}, 20);
  backend.late = true;
  const taken: Checkpoint[] = [];
  const begun = await all({ checkpoints: { put: (checkpoint) => void taken.push(checkpoint) } }, 9);
  const resumed = await all({ resume: taken[0]! }, 20);
  backend.late = false;
  expect([...begun, ...resumed]).toEqual(whole);
});
