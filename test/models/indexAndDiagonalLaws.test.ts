import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { diagonalLinear } from '../../src/models/diagonalLinear.ts';
import { matrixFactorization } from '../../src/models/matrixFactorization.ts';
import { initialParameters, parameterDescriptions } from '../../src/models/model.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { checkAgainstDifferences, checkNetworkLaws } from './layerLaws.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

const numbers = {
  size: fc.integer({ min: 2, max: 6 }),
  samples: fc.integer({ min: 1, max: 6 }),
  seed: fc.nat(),
};

describe('the layer of a diagonal linear network', () => {
  it('obeys the laws of layers at every depth', () => {
    fc.assert(
      fc.property(numbers.size, fc.integer({ min: 2, max: 4 }), numbers.samples, numbers.seed, (d, depth, n, seed) => {
        checkNetworkLaws(diagonalLinear({ depth, alpha: 2 }).build(d, 1), n, seed);
      }),
      { numRuns: 40 },
    );
  });

  it('has the forward derivative that finite differences show', () => {
    fc.assert(
      fc.property(numbers.seed, fc.integer({ min: 2, max: 3 }), (seed, depth) => {
        checkAgainstDifferences(diagonalLinear({ depth, alpha: 2 }).build(5, 1), 3, seed);
      }),
      { numRuns: 20 },
    );
  });

  it('starts at w = 0 with |theta| = alpha', () => {
    const network = diagonalLinear({ alpha: 8 }).build(50, 1);
    const [u, v] = initialParameters(network, 3).flat() as [tf.Tensor, tf.Tensor];
    expect([...u.dataSync()]).toEqual([...v.dataSync()]);
    const squares = [...u.dataSync(), ...v.dataSync()].reduce((sum, value) => sum + value * value, 0);
    expect(squares).toBeCloseTo(64, 4);
    u.dispose();
    v.dispose();
  });

  it('refuses tasks of several outputs and options out of range', () => {
    expect(() => diagonalLinear().build(4, 3)).toThrow('diagonalLinear: a task of 3 outputs: expected one output');
    expect(() => diagonalLinear({ alpha: 0 })).toThrow('alpha = 0');
    expect(() => diagonalLinear({ depth: 1 })).toThrow('depth = 1');
  });
});

describe('the layer of a matrix factorisation', () => {
  it('obeys the laws of layers, but has no derivative in its indices', () => {
    fc.assert(
      fc.property(numbers.size, numbers.samples, numbers.seed, (size, n, seed) => {
        checkNetworkLaws(matrixFactorization({ size, alpha: 2 }).build(2, 1), n, seed);
      }),
      { numRuns: 40 },
    );
  });

  it('has the forward derivative that finite differences show', () => {
    checkAgainstDifferences(matrixFactorization({ size: 4, alpha: 1.5 }).build(2, 1), 6, 1);
  });

  it('has two square factors, and refuses tasks that are not of index pairs', () => {
    const model = matrixFactorization({ size: 3, alpha: 2 });
    expect(parameterDescriptions(model.build(2, 1)).map(({ shape }) => shape)).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(() => model.build(7, 1)).toThrow('a task of 7 inputs and 1 outputs: expected pairs of indices');
    expect(() => matrixFactorization({ size: 1 })).toThrow('size = 1');
  });
});
