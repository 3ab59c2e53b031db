import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import { expect } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

/** A run of a millisecond a step: 12 samples of 4 numbers, 8 hidden units. */
export function smallSpec(changes: Partial<TrainingSpec> = {}): TrainingSpec {
  return {
    task: lowRankRegression({ dimension: 4, samples: 12, testSamples: 5 }),
    model: mlp({ widths: [8] }),
    learningRate: 0.1,
    steps: 10,
    backend: backendUnderTest,
    ...changes,
  };
}

export function collected<R>(rows: Observable<R>): Promise<R[]> {
  return lastValueFrom(rows.pipe(toArray()), { defaultValue: [] });
}

/** Lets timers, I/O and promises have their turn. */
export function turnOfEventLoop(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until something holds, however busy the machine is. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turnOfEventLoop(1);
}

/** Runs `scenario` and checks that it leaves no tensor behind. */
export async function leavesNoTensor(scenario: () => Promise<unknown>): Promise<void> {
  await useBackend(backendUnderTest);
  const before = tf.memory().numTensors;
  await scenario();
  // What is freed when the turn under way sees that nobody listens.
  await turnOfEventLoop(30);
  expect(tf.memory().numTensors).toBe(before);
}
