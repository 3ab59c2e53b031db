import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { networkPredictor } from '../../src/predictors/networkPredictor.ts';
import { modularAddition } from '../../src/tasks/modularAddition.ts';
import { sparseLinear } from '../../src/tasks/sparseLinear.ts';
import type { TaskData } from '../../src/tasks/task.ts';

beforeAll(async () => void (await useBackend('wasm')));

describe('networkPredictor', () => {
  it('one output: the kernel SVM, which learns what a kernel can, from the parameters of the seed', async () => {
    const data = sparseLinear({ dimension: 6, samples: 200, testSamples: 400, sparsity: 1 }).data(0) as TaskData;
    const model = mlp({ widths: [64] });
    const before = tf.memory().numTensors;
    const found = await networkPredictor(model, data, 3);
    expect(tf.memory().numTensors).toBe(before);
    expect(found.name).toBe('kernel SVM');
    expect(found.values).toHaveLength(400);
    expect(found.testMetric).toBeGreaterThan(0.97);
    expect(await networkPredictor(model, data, 3)).toEqual(found);
    expect((await networkPredictor(model, data, 4)).values).not.toEqual(found.values);
  });

  it('on its own training set every margin is at least 1', async () => {
    const { train } = sparseLinear({ dimension: 40, samples: 30, sparsity: 3 }).data(1) as TaskData;
    const { values } = await networkPredictor(mlp({ widths: [32] }), { train, test: train }, 0);
    values.forEach((value, i) => {
      expect(value * train.targets[i]!).toBeGreaterThan(1 - 1e-2);
    });
  });

  it('several outputs: least squares, which fits its own training set where it can', async () => {
    const { train } = modularAddition({ modulus: 5, trainShare: 0.6 }).data(0) as TaskData;
    const model = mlp({ widths: [256], parameterization: 'standard', bias: 'hidden', lastLayer: 'zero' });
    const { name, testMetric } = await networkPredictor(model, { train, test: train }, 0);
    expect(name).toBe('kernel least squares');
    expect(testMetric).toBe(1);
  });
});
