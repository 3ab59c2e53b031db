import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { bfloat16 } from '../../src/optimizers/bfloat16.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import { inverseRootByEigenvalues, inverseRootByNewton } from '../../src/optimizers/inverseRoot.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { initialParameters, numbersOf, referenceRun, takeStep } from './referenceRun.ts';

describe.each(backendsUnderTest)('on %s', (backend) => {
  let before = 0;
  beforeAll(async () => void (await useBackend(backend)));
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(before));

  it('bfloat16 rounds to nearest, ties to even', () => {
    const bits = fc
      .tuple(
        fc.nat({ max: 1 }),
        fc.integer({ min: 1, max: 230 }),
        fc.nat({ max: 127 }),
        fc.constantFrom(0, 1, 0x7fff, 0x8000, 0x8001, 0xffff),
      )
      .map(([sign, exponent, high, low]) => ((sign << 31) | (exponent << 23) | (high << 16) | low) >>> 0);
    fc.assert(
      fc.property(fc.array(bits, { minLength: 1, maxLength: 64 }), (words) => {
        const values = new Float32Array(Uint32Array.from(words).buffer);
        // Round half to even on the upper 16 bits, in integers.
        const expected = Uint32Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000);
        const input = tf.tensor2d(values, [1, values.length]);
        const output = bfloat16(input);
        expect([...output.dataSync()]).toEqual([...new Float32Array(expected.buffer)]);
        tf.dispose([input, output]);
      }),
      { numRuns: 50 },
    );
  });

  /** Largest deviation of R^p (A + eps I) from I, for A = sum of `rank` random outer products. */
  const rootError = async (root: (matrix: tf.Tensor2D) => unknown, p: number, epsilon: number, rank = 12) => {
    const order = 10;
    const factor = tf.tensor2d(normalArray(randomStream(1, 'factor'), order * rank), [order, rank]);
    const matrix: tf.Tensor2D = tf.matMul(factor, factor, false, true);
    const found = (await root(matrix)) as tf.Tensor2D;
    const error = tf.tidy(() => {
      let product = tf.add(matrix, tf.mul(tf.eye(order), epsilon)) as tf.Tensor2D;
      for (let power = 0; power < p; power++) product = tf.matMul(found, product);
      return tf.max(tf.abs(tf.sub(product, tf.eye(order)))).dataSync()[0]!;
    });
    tf.dispose([factor, matrix, found]);
    return error;
  };

  it.each([2, 4])('both inverse roots of order %i are inverse roots', async (p) => {
    for (const epsilon of [1, 1e-2]) {
      expect(await rootError((matrix) => inverseRootByEigenvalues(matrix, { epsilon }, p), p, epsilon)).toBeLessThan(
        2e-4,
      );
      expect(
        await rootError((matrix) => inverseRootByNewton(matrix, { epsilon }, p, 'float32'), p, epsilon),
      ).toBeLessThan(1e-3);
    }
  });

  it('both take epsilon in units of the largest eigenvalue: the root of c A is c^(-1/p) that of A', async () => {
    const factor = tf.tensor2d(normalArray(randomStream(2, 'factor'), 50), [10, 5]);
    const matrix: tf.Tensor2D = tf.matMul(factor, factor, false, true);
    const largest = symmetricEigen(Float64Array.from(matrix.dataSync()), 10).values[0]!;
    const scaled: tf.Tensor2D = tf.mul(matrix, 1e-4);
    const roots = [
      await inverseRootByEigenvalues(matrix, { epsilon: 1e-2 * largest }, 4),
      await inverseRootByEigenvalues(matrix, { epsilon: 1e-2, relative: true }, 4),
      await inverseRootByEigenvalues(scaled, { epsilon: 1e-2, relative: true }, 4),
      await inverseRootByNewton(matrix, { epsilon: 1e-2, relative: true }, 4, 'float32'),
      await inverseRootByNewton(scaled, { epsilon: 1e-2, relative: true }, 4, 'float32'),
    ];
    const [exact, ...others] = roots.map((root) => Float64Array.from(root.dataSync()));
    const size = Math.max(...exact!.map(Math.abs));
    for (const [index, other] of others.entries()) {
      const scale = index === 1 || index === 3 ? 0.1 : 1;
      const error = Math.max(...other.map((value, i) => Math.abs(scale * value - exact![i]!)));
      expect(error / size, `root ${index + 1}`).toBeLessThan(5e-3);
    }
    tf.dispose([factor, matrix, scaled, roots]);
  });

  it('a factor of nothing but zeros has a finite root all the same', async () => {
    const zeros: tf.Tensor2D = tf.zeros([4, 4]);
    for (const precision of ['float32', 'bfloat16'] as const) {
      const root = await inverseRootByNewton(zeros, { epsilon: 1e-4, relative: true }, 4, precision);
      expect(root.dataSync().every(Number.isFinite)).toBe(true);
      root.dispose();
    }
    zeros.dispose();
  });

  it('in bfloat16 Newton still holds for well-conditioned matrices, and no longer for others', async () => {
    const error = (epsilon: number) =>
      rootError((matrix) => inverseRootByNewton(matrix, { epsilon }, 4, 'bfloat16'), 4, epsilon, 4);
    expect(await error(30)).toBeLessThan(0.2);
    expect(await error(1e-4)).not.toBeLessThan(0.5);
  });

  it.each([
    ['inverse-free Shampoo', inverseFreeShampoo({ precision: 'bfloat16', damping: 0 })],
    ['Shampoo', shampoo({ precision: 'bfloat16' })],
  ])('%s keeps its factors in bfloat16 and trains', async (_, optimizer) => {
    const state = optimizer.start(referenceRun);
    let parameters = initialParameters();
    for (let step = 0; step < 12; step++) parameters = await takeStep(state, parameters, step, 0.01);
    for (const { tensor } of state.tensors().filter(({ name }) => !name.startsWith('momentum'))) {
      const words = new Uint32Array(Float32Array.from(tensor.dataSync()).buffer);
      expect(words.every((word) => (word & 0xffff) === 0)).toBe(true);
    }
    expect(numbersOf(parameters).every(Number.isFinite)).toBe(true);
    tf.dispose(parameters);
    state.dispose();
  });
});
