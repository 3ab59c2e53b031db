import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { TaskData } from '../../src/tasks/task.ts';
import { jacobian } from '../models/finiteDifferences.ts';

const truths = {
  r2: (x: ArrayLike<number>) => x[0]! * x[1]!,
  r3: (x: ArrayLike<number>) => x[0]! * x[1]! * (1 + x[2]!),
  r4: (x: ArrayLike<number>) => x[0]! * x[1]! * x[2]! * x[3]!,
  r4s: (x: ArrayLike<number>) => x[0]! * x[1]! + x[2]! * x[3]!,
};
const names = Object.keys(truths) as (keyof typeof truths)[];

function dataOf(options: Parameters<typeof lowRankRegression>[0], seed = 0): TaskData {
  return lowRankRegression(options).data(seed) as TaskData;
}

function moments(values: ArrayLike<number>) {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, variance: all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length };
}

describe('low-rank regression', () => {
  it('is the same for the same seed, and other in every part for another', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.integer(), fc.integer(), (target, seed, other) => {
        fc.pre(seed !== other);
        const options = { target, samples: 5, testSamples: 4 };
        expect(dataOf(options, seed)).toEqual(dataOf(options, seed));
        for (const set of ['train', 'test'] as const) {
          expect(dataOf(options, seed)[set].inputs).not.toEqual(dataOf(options, other)[set].inputs);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('training and test inputs are different draws, and more samples do not change the first ones', () => {
    const { train, test } = dataOf({ samples: 10, testSamples: 10 });
    expect(train.inputs).not.toEqual(test.inputs);
    const more = dataOf({ samples: 20 }).train;
    expect(more.inputs.subarray(0, train.inputs.length)).toEqual(train.inputs);
    expect(more.targets.subarray(0, 10)).toEqual(train.targets);
  });

  it('inputs are standard normal and independent', () => {
    const { inputs, size, dimension } = dataOf({ dimension: 5, samples: 20_000 }).train;
    const { mean, variance } = moments(inputs);
    // Standard errors with 100 000 numbers: .003 and .0045.
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    const fourth = inputs.reduce((sum, x) => sum + x ** 4, 0) / inputs.length;
    expect(Math.abs(fourth - 3)).toBeLessThan(0.2);
    for (let a = 0; a < dimension; a++) {
      for (let b = 0; b < a; b++) {
        let sum = 0;
        for (let i = 0; i < size; i++) sum += inputs[i * dimension + a]! * inputs[i * dimension + b]!;
        expect(Math.abs(sum / size)).toBeLessThan(0.04);
      }
    }
  });

  it.each(names)('%s: clean test targets, training targets with noise of the deviation asked for', (target) => {
    const { train, test } = dataOf({ target, dimension: 6, samples: 20_000, noise: 0.3 });
    const truth = truths[target];
    const residuals = (set: typeof train) =>
      Array.from(set.targets, (y, i) => y - truth(set.inputs.subarray(i * 6, i * 6 + 6)));
    expect(Math.max(...residuals(test).map(Math.abs))).toBeLessThan(1e-5);
    const { mean, variance } = moments(residuals(train));
    expect(Math.abs(mean)).toBeLessThan(0.012);
    expect(Math.abs(Math.sqrt(variance) / 0.3 - 1)).toBeLessThan(0.03);
    expect(dataOf({ target, samples: 10, noise: 0 }).train.targets.length).toBe(10);
  });

  it.each(names)('%s: the reference is the mean outer product of the true gradient', (target) => {
    const { agopReference } = dataOf({ target, dimension: 6 });
    const { inputs, size } = dataOf({ target, dimension: 6, samples: 20_000 }).train;
    const agop = new Float64Array(36);
    for (let i = 0; i < size; i++) {
      const [gradient] = jacobian((x) => [truths[target](x)], inputs.subarray(i * 6, i * 6 + 6));
      for (let a = 0; a < 6; a++)
        for (let b = 0; b < 6; b++) agop[a * 6 + b]! += (gradient![a]! * gradient![b]!) / size;
    }
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        const expected = a === b ? agopReference!.diagonal![a]! : 0;
        // Products of up to six normal numbers: standard deviation up to 5 or so, over sqrt(20 000).
        expect(Math.abs(agop[a * 6 + b]! - expected)).toBeLessThan(0.25);
      }
    }
  });

  it.each([
    [{ target: 'r5' }, 'target = "r5"'],
    [{ dimension: 3 }, 'dimension = 3'],
    [{ samples: 0 }, 'samples = 0'],
    [{ noise: -1 }, 'noise = -1'],
    [{ noise: Number.NaN }, 'noise = NaN'],
    [{ sampels: 3 }, 'sampels'],
  ])('%j is refused by name', (options, named) => {
    expect(() => lowRankRegression(options as never)).toThrow(RangeError);
    expect(() => lowRankRegression(options as never)).toThrow(named);
  });
});
