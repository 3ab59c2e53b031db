import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/randomness.ts';
import { largeMarginAccuracy, sparseLinearAccuracy } from '../../src/tasks/exactAccuracy.ts';
import { denseTeacher, largeMargin } from '../../src/tasks/largeMargin.ts';
import { matrixCompletion } from '../../src/tasks/matrixCompletion.ts';
import { modularAddition } from '../../src/tasks/modularAddition.ts';
import { parity } from '../../src/tasks/parity.ts';
import { sparseLinear, sparseTeacher } from '../../src/tasks/sparseLinear.ts';
import type { Dataset, Task, TaskData } from '../../src/tasks/task.ts';

const dataOf = (task: Task, seed = 0) => task.data(seed) as TaskData;
const row = ({ inputs, dimension }: Dataset, i: number) => inputs.subarray(i * dimension, (i + 1) * dimension);
const inner = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let at = 0; at < b.length; at++) sum += a[at]! * b[at]!;
  return sum;
};

describe('every task', () => {
  it.each([
    sparseLinear({ dimension: 30, samples: 9, testSamples: 7 }),
    sparseLinear({ dimension: 30, samples: 9, testSamples: 7, target: 'value' }),
    largeMargin({ dimension: 30, samples: 9, testSamples: 7 }),
    matrixCompletion({ size: 6, samples: 9 }),
    modularAddition({ modulus: 5 }),
    parity({ dimension: 12, samples: 9, testSamples: 7 }),
  ])('$name: the same data for a seed, others for another, of the size they say', (task) => {
    const { train, test } = dataOf(task);
    for (const set of [train, test]) {
      expect(set.inputs).toHaveLength(set.size * set.dimension);
      expect(set.targets).toHaveLength(set.size * set.outputs);
    }
    expect(dataOf(task)).toEqual({ train, test });
    expect(dataOf(task, 1).train.inputs).not.toEqual(train.inputs);
    expect([...train.inputs].join()).not.toBe([...test.inputs].slice(0, train.inputs.length).join());
  });
});

describe('what the targets are', () => {
  it('sparseLinear: the teacher, or its sign', () => {
    const teacher = sparseTeacher(2, 3);
    for (const target of ['class', 'value'] as const) {
      const { train, test } = dataOf(sparseLinear({ dimension: 20, samples: 40, testSamples: 40, target }), 2);
      for (const set of [train, test]) {
        for (let i = 0; i < set.size; i++) {
          expect(row(set, i).every((value) => Math.abs(value) === 1)).toBe(true);
          const value = inner(row(set, i), teacher);
          expect(set.targets[i]).toBe(target === 'class' ? Math.sign(value) : value);
        }
      }
    }
  });

  it('largeMargin: no sample nearer to the border than half the margin, on the side of its class', () => {
    const { train } = dataOf(largeMargin({ dimension: 40, samples: 200, margin: 5 }), 3);
    const teacher = denseTeacher(3, 40);
    const sides = Array.from({ length: 200 }, (_, i) => train.targets[i]! * inner(row(train, i), teacher));
    expect(Math.min(...sides)).toBeGreaterThanOrEqual(2.5 - 1e-5);
    expect(train.targets.filter((target) => target === 1).length).toBeGreaterThan(60);
  });

  it('matrixCompletion: each entry of the matrix once, in one of the sets', () => {
    const { train, test } = dataOf(matrixCompletion({ size: 7, samples: 20 }));
    const seen = new Set<number>();
    for (const set of [train, test]) {
      for (let i = 0; i < set.size; i++) {
        const [a, b] = row(set, i) as unknown as [number, number];
        seen.add(7 * a + b);
        expect(set.targets[i]).toBeCloseTo((a / 7) * (b / 7), 6);
      }
    }
    expect(seen.size).toBe(49);
  });

  it('modularAddition: each pair once, the one-hot sum', () => {
    const { train, test } = dataOf(modularAddition({ modulus: 7, trainShare: 0.6 }));
    expect(train.size).toBe(29);
    const pairs = new Set<string>();
    for (const set of [train, test]) {
      for (let i = 0; i < set.size; i++) {
        const pair = row(set, i);
        const [a, b] = [pair.subarray(0, 7).indexOf(1), pair.subarray(7).indexOf(1)];
        expect(inner(pair, new Float32Array(14).fill(1))).toBe(2);
        const sum = set.targets.subarray(7 * i, 7 * (i + 1));
        expect([sum.indexOf(1), inner(sum, new Float32Array(7).fill(1))]).toEqual([(a + b) % 7, 1]);
        pairs.add(`${a} ${b}`);
      }
    }
    expect(pairs.size).toBe(49);
    expect(dataOf(modularAddition()).train.size).toBe(721);
  });

  it('parity: the product of the first signs', () => {
    const { train } = dataOf(parity({ dimension: 9, samples: 50, order: 3 }));
    for (let i = 0; i < 50; i++) {
      const [a, b, c] = row(train, i) as unknown as [number, number, number];
      expect(train.targets[i]).toBe(a * b * c);
    }
  });

  it.each([
    [() => sparseLinear({ sparsity: 2 }), 'sparsity = 2: expected an odd number'],
    [() => sparseLinear({ dimension: 2 }), 'sparsity = 3: expected at most the dimension, 2'],
    [() => matrixCompletion({ size: 3, samples: 9 }), 'samples = 9: expected fewer than the 9 entries'],
    [() => modularAddition({ trainShare: 1 }), 'trainShare = 1'],
    [
      () => modularAddition({ modulus: 2, trainShare: 0.01 }),
      'trainShare = 0.01: expected to leave pairs on both sides',
    ],
    [() => parity({ dimension: 2, order: 3 }), 'order = 3: expected at most the dimension, 2'],
    [() => largeMargin({ margin: -1 }), 'margin = -1'],
  ])('%# refuses options out of range', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('accuracy in closed form agrees with sampling', () => {
  const share = ({ targets, size }: Dataset, set: Dataset, weights: ArrayLike<number>) =>
    targets.reduce((right, target, i) => right + (target * inner(row(set, i), weights) > 0 ? 1 : 0), 0) / size;

  it('sparseLinear', () => {
    const { test } = dataOf(sparseLinear({ dimension: 120, samples: 1, testSamples: 8000 }), 5);
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 6, noNaN: true }), (seed, strength) => {
        const stream = randomStream(seed, 'weights');
        const teacher = sparseTeacher(5, 3);
        const weights = Float64Array.from({ length: 120 }, (_, j) => stream.normal() + strength * (teacher[j] ?? 0));
        // Twice the standard error of 8000 samples is .011 at most; the sum of 117 signs is not quite normal.
        expect(Math.abs(sparseLinearAccuracy(5, 3)(weights) - share(test, test, weights))).toBeLessThan(0.025);
      }),
      { numRuns: 15 },
    );
    const exact = sparseLinearAccuracy(5, 3);
    expect(exact(Float64Array.from({ length: 120 }, (_, j) => sparseTeacher(5, 3)[j] ?? 0))).toBe(1);
    expect(exact(new Float64Array(120))).toBe(0.5);
  });

  it('largeMargin', () => {
    const { test } = dataOf(largeMargin({ dimension: 60, samples: 1, testSamples: 8000, margin: 2 }), 6);
    const exact = largeMarginAccuracy(6, 60, 2);
    for (const strength of [0, 0.5, 2, 6]) {
      const stream = randomStream(1, 'weights');
      const teacher = denseTeacher(6, 60);
      const weights = Float64Array.from({ length: 60 }, (_, j) => stream.normal() + strength * teacher[j]!);
      expect(Math.abs(exact(weights) - share(test, test, weights))).toBeLessThan(0.02);
    }
    expect(exact(denseTeacher(6, 60))).toBeCloseTo(1, 4);
  });
});
