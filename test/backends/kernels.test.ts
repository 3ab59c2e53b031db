import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { throughRelu } from '../../src/models/relu.ts';
import { referenceProduct, someValues } from '../backend/productReference.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

test.each([
  [128, 1, 70],
  [1, 33, 70],
  [5, 1, 1],
  [1, 1, 9],
  [17, 19, 1],
  [13, 18, 11],
] as const)('products of %i x %i over %i in all four transposes', async (m, n, k) => {
  for (const [left, right] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const values = [someValues(m * k, 1), someValues(k * n, 2)] as const;
    const product = tf.tidy(() =>
      tf.matMul(
        tf.tensor2d(values[0], left ? [k, m] : [m, k]),
        tf.tensor2d(values[1], right ? [n, k] : [k, n]),
        left,
        right,
      ),
    );
    const expected = referenceProduct(...values, [m, n, k], left, right);
    const found = await product.data();
    expect(product.shape).toEqual([m, n]);
    expected.forEach((value, at) => {
      expect(Math.abs(found[at]! - value)).toBeLessThan(1e-5);
    });
    product.dispose();
  }
});

test.each([1, 3, 4, 130])('the slope of relu at %i numbers, and what passes through it', async (count) => {
  const sensitivity = someValues(count, 3);
  const output = someValues(count, 4).map((value, at) => (at % 3 === 0 ? 0 : Math.max(value, 0)));
  const before = tf.memory().numTensors;
  const [slope, passed] = tf.tidy(() => {
    const y = tf.tensor2d(output, [1, count]);
    return [tf.step(y), throughRelu(tf.tensor2d(sensitivity, [1, count]), y)];
  }) as [tf.Tensor, tf.Tensor];
  expect(tf.memory().numTensors).toBe(before + 2);
  const slopes = await slope.data();
  const through = await passed.data();
  output.forEach((value, at) => {
    expect(slopes[at]).toBe(value > 0 ? 1 : 0);
    expect(through[at]! + 0).toBe(value > 0 ? sensitivity[at] : 0);
  });
  tf.dispose([slope, passed]);
});

test('the step of negative numbers is 0, and of no number none', async () => {
  const steps = tf.step([-2, 0, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  const found = [...(await steps.data())];
  steps.dispose();
  expect(found.map((value) => value + 0)).toEqual([
    0,
    0,
    1,
    backendUnderTest === 'webgpu' ? expect.any(Number) : Number.NaN,
    1,
    0,
  ]);
});
