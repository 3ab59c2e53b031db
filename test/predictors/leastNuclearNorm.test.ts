import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { completionPredictors } from '../../src/predictors/completionPredictors.ts';
import { frobeniusCompletion, nuclearCompletion } from '../../src/predictors/leastNuclearNorm.ts';
import { matrixCompletion } from '../../src/tasks/matrixCompletion.ts';
import type { Dataset } from '../../src/tasks/task.ts';

const nuclear = (matrix: Float64Array, order: number) =>
  symmetricEigen(matrix.slice(), order).values.reduce((sum, value) => sum + Math.abs(value), 0);

const observed = (entries: readonly (readonly [number, number, number])[]): Dataset => ({
  inputs: Float32Array.from(entries.flatMap((entry) => entry.slice(0, 2))),
  targets: Float32Array.from(entries, ([, , value]) => value),
  size: entries.length,
  dimension: 2,
  outputs: 1,
});

describe('nuclearCompletion', () => {
  it('keeps the observed entries and proves its norm to be least', () => {
    for (const seed of [0, 1, 2]) {
      const { train } = matrixCompletion({ size: 14, samples: 90 }).data(seed) as { train: Dataset };
      const { matrix, gap } = nuclearCompletion(train, 14);
      expect(gap).toBeLessThan(1e-3);
      expect(gap).toBeGreaterThan(-1e-6);
      for (let sample = 0; sample < train.size; sample++) {
        const [i, j] = [train.inputs[2 * sample]!, train.inputs[2 * sample + 1]!];
        expect(matrix[i * 14 + j]).toBeCloseTo(train.targets[sample]!, 6);
        expect(matrix[j * 14 + i]).toBeCloseTo(train.targets[sample]!, 6);
      }
      expect(nuclear(matrix, 14)).toBeLessThan(nuclear(frobeniusCompletion(train, 14), 14));
    }
  });

  it('completes [[1, ?], [?, 1]] by any t, |t| <= 1, of norm 2, and [[4, 2], [2, ?]] by 1', () => {
    const free = nuclearCompletion(
      observed([
        [0, 0, 1],
        [1, 1, 1],
      ]),
      2,
    );
    expect(nuclear(free.matrix, 2)).toBeCloseTo(2, 5);
    const tied = nuclearCompletion(
      observed([
        [0, 0, 4],
        [0, 1, 2],
      ]),
      2,
      { tolerance: 1e-8 },
    );
    expect(tied.matrix[3]).toBeCloseTo(1, 3);
  });

  it('says so when it has not arrived', () => {
    const { train } = matrixCompletion({ size: 14, samples: 90 }).data(0) as { train: Dataset };
    expect(() => nuclearCompletion(train, 14, { tolerance: 1e-15, most: 20 })).toThrow(
      /after 20 iterations: expected at most 1e-15/,
    );
  });
});

describe('frobeniusCompletion', () => {
  it('is 0 but for what was observed there or across the diagonal, of which it takes the mean', () => {
    const found = frobeniusCompletion(
      observed([
        [0, 1, 3],
        [1, 0, 5],
        [2, 2, 7],
        [0, 2, 1],
      ]),
      3,
    );
    expect([...found]).toEqual([0, 4, 1, 4, 0, 0, 1, 0, 7]);
  });
});

describe('completionPredictors', () => {
  it('early the test error of the observed half, late none', () => {
    const size = 24;
    const data = matrixCompletion({ size, samples: 200 }).data(0) as { train: Dataset; test: Dataset };
    const { early, late } = completionPredictors(data, size);
    expect(early.values).toHaveLength(size * size);
    expect(early.testMetric).toBeGreaterThan(0.02);
    expect(late!.testMetric).toBeLessThan(1e-5);
  });
});
