import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetOfArrays, imagesOfArrays } from '../../src/tasks/arrays.ts';
import { tabular } from '../../src/tasks/tabular.ts';
import type { Dataset, TaskData } from '../../src/tasks/task.ts';

/** Sample i is (i, 10 i), its target i mod `classes`. */
function counted(size: number, classes: number): Dataset {
  return datasetOfArrays(
    { shape: [size, 2], values: Float64Array.from({ length: 2 * size }, (_, at) => (at >> 1) * (at % 2 ? 10 : 1)) },
    { shape: [size], values: Uint8Array.from({ length: size }, (_, row) => row % classes) },
  );
}

describe('samples of your own', () => {
  it('a seeded split without repetition; targets stay with their inputs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 30 }), fc.nat(), (size, seed) => {
        const task = tabular(counted(size, 3), { testSamples: 2, standardise: false });
        const { train, test } = task.data(seed) as TaskData;
        expect([train.size, test.size, train.dimension, train.outputs]).toEqual([size - 2, 2, 2, 1]);
        const rows = [train, test].flatMap((set) => Array.from({ length: set.size }, (_, row) => set.inputs[2 * row]!));
        expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, row) => row));
        const targets = [...train.targets, ...test.targets];
        rows.forEach((row, at) => {
          expect(targets[at]).toBe(row % 3);
        });
        expect(task.data(seed)).toEqual({ train, test });
      }),
    );
  });

  it('each input has mean 0 and deviation 1 over the training samples', () => {
    const { train } = tabular(counted(40, 2), { testSamples: 10, samples: 20 }).data(1) as TaskData;
    for (const input of [0, 1]) {
      const values = train.inputs.filter((_, at) => at % 2 === input);
      expect(values.reduce((sum, x) => sum + x, 0) / 20).toBeCloseTo(0, 5);
      expect(values.reduce((sum, x) => sum + x * x, 0) / 20).toBeCloseTo(1, 5);
    }
  });

  it('classes one-hot, or as signs', () => {
    const { train } = tabular(counted(12, 3), { testSamples: 2, target: 'classes', standardise: false }).data(
      0,
    ) as TaskData;
    expect(train.outputs).toBe(3);
    for (let row = 0; row < train.size; row++) {
      expect(train.targets.subarray(3 * row, 3 * row + 3).indexOf(1)).toBe(train.inputs[2 * row]! % 3);
    }
    const signs = { ...counted(4, 2), targets: Float32Array.of(1, -1, -1, 1) };
    expect(tabular(signs, { testSamples: 1, target: 'sign' }).classes).toBe('sign');
  });

  it.each([
    [() => tabular(counted(5, 2), { testSamples: 6 }), 'tabular: samples = 1, testSamples = 6: expected at most the 5'],
    [
      () => tabular(counted(5, 2), { testSamples: 1, target: 'sign' }),
      'tabular: target of sample 0: 0: expected -1 or 1',
    ],
    [
      () => tabular({ ...counted(2, 2), targets: Float32Array.of(0, 1.5) }, { testSamples: 1, target: 'classes' }),
      'tabular: target of sample 1: 1.5: expected a class of 0 to 9999',
    ],
    [
      () => tabular({ ...counted(2, 2), inputs: Float32Array.of(0, 1, 2, Number.NaN) }, { testSamples: 1 }),
      'tabular: inputs of sample 1: NaN: expected finite numbers',
    ],
    [
      () => datasetOfArrays({ shape: [2, 2], values: new Uint8Array(4) }, { shape: [3], values: new Uint8Array(3) }),
      'datasetOfArrays: inputs [2,2], targets [3]: expected targets [2] or [2, c]',
    ],
    [
      () => imagesOfArrays({ shape: [1, 2], values: new Uint8Array(2) }, { shape: [1], values: new Uint8Array(1) }),
      'imagesOfArrays: pixels [1,2] of Uint8Array: expected bytes [n, height, width]',
    ],
    [
      () =>
        imagesOfArrays({ shape: [1, 2, 2], values: new Uint8Array(4) }, { shape: [1], values: Float64Array.of(256) }),
      'imagesOfArrays: labels[0] = 256: expected a class of 0 to 255',
    ],
  ])('%#: refused by name', (make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  it('arrays as images', () => {
    const labels = { shape: [2], values: Float64Array.of(3, 9) };
    const images = imagesOfArrays({ shape: [2, 1, 2, 3], values: new Uint8Array(12).fill(4) }, labels);
    expect(images).toMatchObject({ count: 2, height: 1, width: 2, channels: 3, labels: Uint8Array.of(3, 9) });
  });
});
