import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { someValues } from './productReference.ts';

beforeAll(async () => void (await useBackend('wasm')));

const size = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(16, 17, 33, 64, 67));

describe('sum and mean', () => {
  test('equal float64 sums over any axes of any shape', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 3 }),
        fc.subarray([0, 1, 2]),
        fc.boolean(),
        (p, q, r, axes, keepDims) => {
          tf.tidy(() => {
            const shape = [p, q, r];
            const values = someValues(p * q * r, 1);
            const x = tf.tensor3d(values, [p, q, r]);
            const kept = shape.map((s, axis) => (axes.includes(axis) ? 1 : s));
            const expected = new Float64Array(kept.reduce((count, s) => count * s, 1));
            for (let i = 0; i < values.length; i++) {
              const index = [Math.floor(i / (q * r)), Math.floor(i / r) % q, i % r];
              const [a, b, c] = index.map((at, axis) => (axes.includes(axis) ? 0 : at)) as [number, number, number];
              expected[(a * kept[1]! + b) * kept[2]! + c]! += values[i]!;
            }
            const sum = tf.sum(x, axes, keepDims);
            expect(sum.shape).toEqual(keepDims ? kept : shape.filter((_, axis) => !axes.includes(axis)));
            const count = values.length / expected.length;
            const mean = tf.mean(x, axes, keepDims).dataSync();
            sum.dataSync().forEach((value, i) => {
              expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-6 * (count + 1));
              if (count > 0) expect(Math.abs(mean[i]! - expected[i]! / count)).toBeLessThanOrEqual(1e-6);
            });
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('whole numbers keep their type', () => {
    tf.tidy(() => {
      const sum = tf.sum(tf.tensor1d([1, 2, 3], 'int32'));
      expect(sum.dtype).toBe('int32');
      expect(sum.dataSync()[0]).toBe(6);
    });
  });

  test('pass NaN on', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([1, Number.NaN, 3, 4], [2, 2]);
      expect([...tf.sum(x, 0).dataSync()]).toEqual([4, Number.NaN]);
      expect([...tf.mean(x, 1).dataSync()]).toEqual([Number.NaN, 3.5]);
    });
  });

  test('the mean of a 0/1 vector divides exactly', () => {
    tf.tidy(() => {
      expect(tf.mean(tf.tensor1d([1, 0, 0])).dataSync()[0]).toBe(Math.fround(1 / 3));
    });
  });
});

test('transpose moves every element', () => {
  fc.assert(
    fc.property(size, size, (rows, columns) => {
      tf.tidy(() => {
        const values = someValues(rows * columns, 2);
        const x = tf.tensor2d(values, [rows, columns]);
        const y = tf.transpose(x);
        expect(y.shape).toEqual([columns, rows]);
        const out = y.dataSync();
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) expect(out[j * rows + i]).toBe(values[i * columns + j]);
        }
      });
    }),
  );
});

describe('functions of one variable', () => {
  const special = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
    1e-40,
    -1e-40,
    1e-5,
    1e38,
    -1e38,
  ];

  function check(apply: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number, tolerance: (y: number) => number) {
    const grid = Float32Array.from({ length: 4003 }, (_, i) => (i - 2001) / 18);
    const x = Float32Array.from([...special, 88.7, 88.8, -87.4, -95, -103.9, -105, ...grid]);
    const y = tf.tidy(() => apply(tf.tensor1d(x)).dataSync());
    x.forEach((value, i) => {
      const expected = exact(value);
      if (Number.isNaN(expected) || !Number.isFinite(Math.fround(expected))) {
        expect(y[i], `at ${value}`).toBe(Math.fround(expected));
      } else {
        expect(Math.abs(y[i]! - expected), `at ${value}: ${y[i]} for ${expected}`).toBeLessThanOrEqual(
          tolerance(expected),
        );
      }
    });
  }

  test('exp: to 3e-7 relative, overflow and subnormals included', () => {
    check(tf.exp, Math.exp, (y) => 3e-7 * y + 2e-45);
  });

  test('tanh: to 3e-7, and never beyond 1', () => {
    check(tf.tanh, Math.tanh, () => 3e-7);
    const y = tf.tidy(() => tf.tanh(tf.tensor1d([9, -9, 100, 7.95])).dataSync());
    expect(Math.max(...y.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  test('erf: to 6e-7, odd', () => {
    const series = (x: number): number => {
      if (Number.isNaN(x)) return x;
      if (Math.abs(x) > 5) return Math.sign(x);
      let [term, sum] = [x, x];
      for (let n = 1; n < 200; n++) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    };
    check(tf.erf, series, () => 6e-7);
    const y = tf.tidy(() => tf.erf(tf.tensor1d([0.3, -0.3, 2, -2])).dataSync());
    expect(y[0]).toBe(-y[1]!);
    expect(y[2]).toBe(-y[3]!);
  });
});

test('relu of one sensitivity after another: passed on where the output is positive', () => {
  fc.assert(
    fc.property(size, size, (rows, columns) => {
      tf.tidy(() => {
        const dy = someValues(rows * columns, 5);
        const y = someValues(rows * columns, 6).map((value, at) => (at % 5 === 0 ? Number.NaN : value));
        const found = tf.engine().runKernel('ReluGrad', {
          dy: tf.tensor2d(dy, [rows, columns]),
          y: tf.tensor2d(y, [rows, columns]),
        }) as tf.Tensor;
        expect(found.shape).toEqual([rows, columns]);
        expect([...found.dataSync()]).toEqual([...dy].map((value, at) => (y[at]! > 0 ? value : 0)));
      });
    }),
  );
});
