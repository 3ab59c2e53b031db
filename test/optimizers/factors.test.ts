import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { factoredGradients, forward, gradients, initialParameters, sensitivities } from '../../src/models/model.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { sandwich } from '../../src/optimizers/sandwich.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { collected, leavesNoTensor, smallSpec } from '../training/smallRun.ts';
import { distance, numbersOf } from './referenceRun.ts';

beforeAll(() => useBackend(backendUnderTest));

function matrix(rows: number, columns: number, seed: number): tf.Tensor2D {
  return tf.tensor2d(normalArray(randomStream(seed, 'matrix', rows, columns), rows * columns), [rows, columns]);
}

function largestDifference(one: tf.Tensor, other: tf.Tensor): number {
  return distance([numbersOf([one])], [numbersOf([other])]);
}

describe('factors of a gradient', () => {
  it.each([
    ['ntk', 1, false],
    ['ntk', 1, true],
    ['standard', 3, false],
    ['standard', 1, true],
  ] as const)(
    '%s, %i outputs, known sensitivities %s: left^T right is the gradient',
    (parameterization, outputs, known) => {
      const before = tf.memory().numTensors;
      const network = mlp({ widths: [7, 3], parameterization }).build(4, outputs);
      const parameters = initialParameters(network, 1);
      const scope = new TensorScope();
      const trace = forward(
        network,
        parameters,
        scope.own(() => matrix(5, 4, 2)),
        scope,
      );
      const outputGradient = scope.own(() => matrix(5, outputs, 3));
      const sensitive = known ? sensitivities(trace, scope) : undefined;
      const plain = gradients(trace, outputGradient, sensitive).flat();
      const found = factoredGradients(trace, outputGradient, sensitive);
      expect(numbersOf(found.gradients.flat())).toEqual(numbersOf(plain));
      found.factors.flat().forEach((factors, index) => {
        expect(factors === null).toBe(plain[index]!.shape.length === 1);
        if (factors === null) return;
        expect(factors.left.shape[0]).toBe(5);
        const product = tf.matMul(factors.left, factors.right, true, false);
        expect(largestDifference(product, plain[index]!)).toBeLessThan(1e-5);
        tf.dispose([product, factors.left, factors.right]);
      });
      tf.dispose([plain, found.gradients]);
      scope.dispose();
      tf.dispose(parameters);
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

it('a sandwich through factors is the sandwich, whichever way takes fewer multiplications', () => {
  const size = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(size, size, size, fc.nat(), (samples, rows, columns, seed) => {
      tf.tidy(() => {
        const factors = { left: matrix(samples, rows, seed), right: matrix(samples, columns, seed + 1) };
        const product: tf.Tensor2D = tf.matMul(factors.left, factors.right, true, false);
        const sides = [matrix(rows, rows, seed + 2), matrix(columns, columns, seed + 3)];
        const plain = sandwich(sides, product, null, (values) => values);
        const through = sandwich(sides, product, factors, (values) => values);
        const scale = Math.max(1, ...numbersOf([plain]).map(Math.abs));
        expect(largestDifference(plain, through) / scale).toBeLessThan(1e-5);
      });
    }),
    { numRuns: 50 },
  );
});

describe('inverse-free Shampoo', () => {
  const spec = (optimizer: Optimizer) =>
    smallSpec({
      task: lowRankRegression({ dimension: 12, samples: 3, testSamples: 1 }),
      model: mlp({ widths: [16, 16] }),
      learningRate: 0.02,
      optimizer,
    });
  const losses = async (optimizer: Optimizer) => (await collected(train(spec(optimizer)))).map(({ loss }) => loss);

  it.each([
    {},
    { updateInterval: 3, weightDecay: 0.1 },
    { weightDecay: 0.1, decay: 'coupled' },
    { joint: true },
    { precision: 'bfloat16' },
  ] as const)('%j: the same run with factors and without', async (options) => {
    const optimizer = inverseFreeShampoo(options);
    expect(optimizer.usesFactors).toBe(true);
    const withFactors = await losses(optimizer);
    const without = await losses({ ...optimizer, usesFactors: false });
    withFactors.forEach((loss, step) => {
      expect(Math.abs(loss / without[step]! - 1)).toBeLessThan(2e-5);
    });
  });

  it('inside SAM the factors of another gradient are not used', async () => {
    const wrapped = sam({ base: inverseFreeShampoo(), rho: 0.2 });
    const plain = await losses(wrapped);
    const offered = await losses({ ...wrapped, usesFactors: true });
    expect(offered).toEqual(plain);
  });

  it('leaves no tensor behind', () => leavesNoTensor(() => losses(inverseFreeShampoo())));
});
