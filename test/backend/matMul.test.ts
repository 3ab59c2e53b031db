import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { memoryOf, type WasmBackend } from '../../src/backend/wasm/heap.ts';
import type { Arithmetic } from '../../src/backend/wasm/kernels.ts';
import { replaceKernels } from '../../src/backend/wasm/replaceKernels.ts';
import { referenceProduct, someValues } from './productReference.ts';

const backend = () => tf.backend() as unknown as WasmBackend;

// Around the tile (6 x 8), the blocks (96, 256, 512), and primes; empty and single too.
const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(23, 31, 47, 95, 96, 97, 101) },
  { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 513) },
);

function matrix(rows: number, columns: number, transposed: boolean, seed: number): tf.Tensor2D {
  return tf.tensor2d(someValues(rows * columns, seed), transposed ? [columns, rows] : [rows, columns]);
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance) continue;
    expect.fail(`element ${i}: ${x} instead of ${y}`);
  }
}

for (const arithmetic of ['plain', 'relaxed'] satisfies Arithmetic[]) {
  describe(`matMul, ${arithmetic} SIMD`, () => {
    let supported = true;
    beforeAll(async () => {
      await useBackend('wasm');
      supported = (await replaceKernels(backend(), [arithmetic])) === arithmetic;
    });
    afterAll(async () => void (await replaceKernels(backend())));

    test('equals the float64 product for every shape and transpose', ({ skip }) => {
      if (!supported) skip();
      fc.assert(
        fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, n, k, transposeA, transposeB) => {
          tf.tidy(() => {
            const a = matrix(m, k, transposeA, 1);
            const b = matrix(k, n, transposeB, 2);
            const c = tf.matMul(a, b, transposeA, transposeB);
            expect(c.shape).toEqual([m, n]);
            const expected = referenceProduct(a.dataSync(), b.dataSync(), [m, n, k], transposeA, transposeB);
            expectClose(c.dataSync(), expected, 1e-6 * (k + 1));
          });
        }),
        { numRuns: 300 },
      );
    });

    test('a product with its own transpose is exactly symmetric, and equals that of a copy bit for bit', ({ skip }) => {
      if (!supported) skip();
      fc.assert(
        fc.property(size, size, fc.boolean(), (m, k, transposeA) => {
          tf.tidy(() => {
            const a = matrix(m, k, transposeA, 3);
            const gram = tf.matMul(a, a, transposeA, !transposeA);
            const general = tf.matMul(a, matrix(m, k, transposeA, 3), transposeA, !transposeA);
            const values = gram.dataSync();
            expectClose(values, general.dataSync(), 0);
            for (let i = 0; i < m; i++) {
              for (let j = 0; j < i; j++) {
                if (values[i * m + j] !== values[j * m + i]) expect.fail(`[${i}, ${j}] is not [${j}, ${i}]`);
              }
            }
          });
        }),
        { numRuns: 100 },
      );
    });

    test('NaN and infinity reach just the rows and columns they should', ({ skip }) => {
      if (!supported) skip();
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        tf.tidy(() => {
          const values = someValues(13 * 11, 4);
          values[5 * 11 + 7] = value;
          const a = tf.tensor2d(values, [13, 11]);
          const copy = tf.tensor2d(values, [13, 11]);
          const expected = referenceProduct(values, values, [13, 13, 11], false, true);
          expectClose(tf.matMul(a, a, false, true).dataSync(), expected, 1e-5);
          expectClose(tf.matMul(a, copy, false, true).dataSync(), expected, 1e-5);
          // Zero times infinity is NaN, in the vector paths as well.
          const zeros = tf.zeros([11, 1]);
          const withZeros = referenceProduct(values, new Float32Array(11), [13, 1, 11], false, false);
          expectClose(tf.matMul(a, zeros).dataSync(), withZeros, 0);
          expectClose(tf.matMul(zeros, a, true, true).dataSync(), withZeros, 0);
        });
      }
    });
  });
}

describe('without our kernels', () => {
  beforeAll(async () => {
    await useBackend('wasm');
    expect(await replaceKernels(backend(), [])).toBeNull();
  });
  afterAll(async () => void (await replaceKernels(backend())));

  test("tfjs's product of transposed copies is right, and leaves nothing behind", () => {
    const before = tf.memory().numDataBuffers;
    tf.tidy(() => {
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const a = matrix(13, 11, transposeA, 15);
        const b = matrix(11, 19, transposeB, 16);
        const expected = referenceProduct(a.dataSync(), b.dataSync(), [13, 19, 11], transposeA, transposeB);
        expectClose(tf.matMul(a, b, transposeA, transposeB).dataSync(), expected, 1e-5);
      }
    });
    expect(tf.memory().numDataBuffers).toBe(before);
  });
});

describe('matMul', () => {
  beforeAll(async () => void (await useBackend('wasm')));

  test('batches broadcast', () => {
    const batch = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 });
    fc.assert(
      fc.property(batch, batch, fc.boolean(), fc.boolean(), (batchA, batchB, transposeA, transposeB) => {
        const shared = Math.min(batchA.length, batchB.length);
        for (let axis = 1; axis <= shared; axis++) {
          const [left, right] = [batchA.at(-axis)!, batchB.at(-axis)!];
          fc.pre(left === right || left === 1 || right === 1);
        }
        tf.tidy(() => {
          const [m, n, k] = [4, 9, 5];
          const whole = (shape: number[], seed: number) =>
            tf.tensor(
              someValues(
                shape.reduce((count, s) => count * s, 1),
                seed,
              ),
              shape,
            );
          const a = whole([...batchA, ...(transposeA ? [k, m] : [m, k])], 5);
          const b = whole([...batchB, ...(transposeB ? [n, k] : [k, n])], 6);
          const c = tf.matMul(a, b, transposeA, transposeB);
          const outBatch = tf
            .broadcastTo(tf.zeros([...batchA, 1]), [
              ...tf.add(tf.zeros([...batchA, 1]), tf.zeros([...batchB, 1])).shape,
            ])
            .shape.slice(0, -1);
          expect(c.shape).toEqual([...outBatch, m, n]);
          const aAll = tf.broadcastTo(a, [...outBatch, ...a.shape.slice(-2)]).dataSync();
          const bAll = tf.broadcastTo(b, [...outBatch, ...b.shape.slice(-2)]).dataSync();
          const count = outBatch.reduce((product, s) => product * s, 1);
          const expected: number[] = [];
          for (let i = 0; i < count; i++) {
            expected.push(
              ...referenceProduct(
                aAll.slice(i * m * k, (i + 1) * m * k),
                bAll.slice(i * k * n, (i + 1) * k * n),
                [m, n, k],
                transposeA,
                transposeB,
              ),
            );
          }
          expectClose(c.dataSync(), expected, 1e-5);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('one tensor seen in two shapes is not taken for a product with itself', () => {
    tf.tidy(() => {
      const a = tf.tensor2d(someValues(24, 7), [4, 6]);
      const b = tf.reshape(a, [8, 3]);
      const c = tf.reshape(a, [3, 8]);
      expectClose(
        tf.matMul(b, c, true, true).dataSync(),
        referenceProduct(a.dataSync(), a.dataSync(), [3, 3, 8], true, true),
        1e-5,
      );
    });
  });

  test('inner sizes that differ are an error', () => {
    tf.tidy(() => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(/[Ii]nner/);
    });
  });

  test('nothing is left behind: neither tensors nor heap', () => {
    const a = matrix(128, 300, false, 10);
    const b = matrix(300, 200, false, 11);
    const bias = tf.ones([200]) as tf.Tensor1D;
    const round = () =>
      tf.tidy(() => {
        tf.matMul(a, b);
        tf.matMul(a, a, true, false);
        tf.fused.matMul({ a, b, bias, activation: 'elu' });
        tf.sum(a, 0);
        tf.mean(a, 1);
        tf.tanh(a);
        tf.transpose(a);
      });
    for (let i = 0; i < 20; i++) round();
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    const heap = memoryOf(backend())!.buffer.byteLength;
    for (let i = 0; i < 200; i++) round();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
    expect(memoryOf(backend())!.buffer.byteLength).toBe(heap);
    tf.dispose([a, b, bias]);
  });

  test('keeps working when the heap grows under it', () => {
    tf.tidy(() => {
      const a = matrix(64, 64, false, 12);
      const expected = referenceProduct(a.dataSync(), a.dataSync(), [64, 64, 64], false, false);
      const before = memoryOf(backend())!.buffer.byteLength;
      const large = tf.zeros([before / 4 + 1]);
      expect(memoryOf(backend())!.buffer.byteLength).toBeGreaterThan(before);
      expectClose(tf.matMul(a, a).dataSync(), expected, 1e-4);
      large.dispose();
    });
  });
});

describe('fused matMul', () => {
  beforeAll(async () => void (await useBackend('wasm')));

  const activations = {
    linear: (x: tf.Tensor) => x,
    relu: tf.relu,
    relu6: tf.relu6,
    elu: tf.elu,
    sigmoid: tf.sigmoid,
    leakyrelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.3),
    prelu: (x: tf.Tensor) => tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3])),
  };

  for (const [activation, apply] of Object.entries(activations)) {
    test(`${activation} equals product, bias and activation one after the other`, () => {
      tf.tidy(() => {
        for (const bias of [undefined, tf.tensor1d([1, -2, 0.5])]) {
          for (const [transposeA, transposeB] of [
            [false, false],
            [true, false],
            [false, true],
            [true, true],
          ] as const) {
            const a = matrix(7, 5, transposeA, 13);
            const b = matrix(5, 3, transposeB, 14);
            const fused = tf.fused.matMul({
              a,
              b,
              transposeA,
              transposeB,
              ...(bias && { bias }),
              activation: activation as 'relu',
              leakyreluAlpha: 0.3,
              ...(activation === 'prelu' && { preluActivationWeights: tf.tensor1d([0.1, 0.2, 0.3]) }),
            });
            const product = tf.matMul(a, b, transposeA, transposeB);
            const expected = apply(bias ? tf.add(product, bias) : product);
            expectClose(fused.dataSync(), expected.dataSync(), 1e-6);
          }
        }
      });
    });
  }

  test('relu does not hide NaN', () => {
    tf.tidy(() => {
      const a = tf.tensor2d([Number.NaN, 1], [2, 1]);
      const out = tf.fused.matMul({ a, b: tf.ones([1, 2]), activation: 'relu' });
      expect([...out.dataSync()]).toEqual([Number.NaN, Number.NaN, 1, 1]);
    });
  });
});
