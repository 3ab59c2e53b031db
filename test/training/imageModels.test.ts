import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, tap } from 'rxjs';
import { expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { cnn } from '../../src/models/cnn.ts';
import { visionTransformer } from '../../src/models/visionTransformer.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { readMnist } from '../../src/sources/idxFiles.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

const models = {
  cnn: {
    model: cnn({
      blocks: [
        { channels: 8, stride: 2 },
        { channels: 16, stride: 2 },
      ],
      parameterization: 'standard',
    }),
    optimizer: gradientDescent({ momentum: 0.9 }),
    learningRate: 0.05,
    steps: 100,
    accuracy: 0.8,
  },
  visionTransformer: {
    model: visionTransformer(),
    optimizer: adamW(),
    learningRate: 3e-3,
    steps: 100,
    accuracy: 0.4,
  },
} as const;

it.each(Object.keys(models) as (keyof typeof models)[])('a %s learns handwritten digits', async (name) => {
  const { model, optimizer, learningRate, steps, accuracy } = models[name];
  const digits = await readMnist();
  const task = imageClassification(digits.train, digits.test, {
    samples: 1000,
    testSamples: 500,
    target: 'classes',
    pool: 1,
  });
  await useBackend(backendUnderTest);
  const before = tf.memory().numTensors;
  let reached = 0;
  await lastValueFrom(
    train({
      task,
      model,
      optimizer,
      learningRate,
      steps,
      loss: 'crossEntropy',
      batchSize: 32,
      backend: backendUnderTest,
    }).pipe(
      tap((row) => {
        if (row.step === steps) reached = row.probe!.test.accuracy() as number;
      }),
    ),
  );
  // One in ten is chance.
  expect(reached).toBeGreaterThan(accuracy);
  expect(tf.memory().numTensors).toBe(before);
});
