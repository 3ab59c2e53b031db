import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mlp } from '../../src/models/mlp.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { fullGradientSam, noiseSam } from '../../src/optimizers/decomposedSam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

const rows = (optimizer: Optimizer, learningRate: number, batchSize?: number) =>
  lastValueFrom(
    train({
      task: lowRankRegression({ dimension: 8, samples: 32, testSamples: 1 }),
      model: mlp({ widths: [12], parameterization: 'standard' }),
      optimizer,
      learningRate,
      steps: 30,
      backend: backendUnderTest,
      ...(batchSize === undefined ? {} : { batchSize }),
    }).pipe(toArray()),
  );

describe('training with', () => {
  let before = 0;
  beforeEach(async () => {
    // The backend may make tensors of its own when it is first used.
    await rows(gradientDescent(), 0.01);
    before = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(before));

  it.each([
    ['Adam', adam(), 0.01],
    ['Shampoo', shampoo({ joint: true }), 0.02],
    ['inverse-free Shampoo', inverseFreeShampoo({ joint: true }), 0.005],
    ['SAM', sam(), 0.02],
    [
      'adaptive Friendly SAM over momentum',
      friendlySam({ adaptive: true, base: gradientDescent({ momentum: 0.5 }) }),
      0.01,
    ],
    ['full-gradient SAM', fullGradientSam(), 0.02],
    ['noise SAM', noiseSam({ base: adam() }), 0.01],
  ])('%s lowers the loss and frees every tensor', async (_, optimizer, learningRate) => {
    const path = await rows(optimizer, learningRate, 16);
    const mean = (part: typeof path) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(path.slice(-4))).toBeLessThan(0.8 * mean(path.slice(0, 4)));
    expect(path.at(-1)!.time).toBeCloseTo(30 * learningRate * optimizer.timeScale, 10);
  });

  it('a batch of everything: the full gradient is all there is, and SAM without perturbation is its base', async () => {
    const losses = async (optimizer: Optimizer) => (await rows(optimizer, 0.02)).map(({ loss }) => loss);
    const plain = await losses(gradientDescent());
    const perturbed = await losses(sam({ rho: 0.2 }));
    const full = await losses(fullGradientSam({ rho: 0.2 }));
    const unperturbed = await losses(sam({ rho: 0 }));
    for (const [step, loss] of plain.entries()) {
      expect(unperturbed[step]).toBeCloseTo(loss, 4);
      expect(full[step]).toBeCloseTo(perturbed[step]!, 4);
    }
    expect(perturbed.at(-1)).not.toBeCloseTo(plain.at(-1)!, 3);
  });
});
