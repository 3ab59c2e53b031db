import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absoluteInterpolant,
  absoluteMaximumMargin,
  leastAbsoluteNorm,
} from '../../src/predictors/leastAbsoluteNorm.ts';
import { sparseLinear } from '../../src/tasks/sparseLinear.ts';
import type { Dataset } from '../../src/tasks/task.ts';
import { randomSet } from './randomSet.ts';

const sizes = fc.record({
  size: fc.integer({ min: 1, max: 10 }),
  extra: fc.integer({ min: 2, max: 60 }),
  seed: fc.nat(),
});
const norm = (weights: Float64Array) => weights.reduce((sum, weight) => sum + Math.abs(weight), 0);

describe('the linear program of least L1 norm', () => {
  it('an upper and a lower bound meet: no classifier of that margin has a smaller norm', () => {
    fc.assert(
      fc.property(sizes, ({ size, extra, seed }) => {
        const set = randomSet(size, size + extra, seed, 'signs');
        const { weights, gap, violation } = absoluteMaximumMargin(set);
        expect(Math.abs(gap)).toBeLessThan(2e-5 * (1 + norm(weights)));
        expect(violation).toBeLessThan(2e-5 * (1 + norm(weights)));
      }),
      { numRuns: 80 },
    );
  });

  it('the same for interpolants, which have at most as many coordinates as samples', () => {
    fc.assert(
      fc.property(sizes, ({ size, extra, seed }) => {
        const set = randomSet(size, size + extra, seed, 'values');
        const { weights, gap, violation } = absoluteInterpolant(set);
        expect(Math.abs(gap)).toBeLessThan(2e-5 * (1 + norm(weights)));
        expect(violation).toBeLessThan(2e-5 * (1 + norm(weights)));
        expect(weights.filter((weight) => Math.abs(weight) > 1e-4 * norm(weights)).length).toBeLessThanOrEqual(size);
      }),
      { numRuns: 60 },
    );
  });

  it('agrees with enumeration of the vertices in two dimensions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(), (size, seed) => {
        const set = randomSet(size, 2, seed, 'signs');
        const best = leastByVertices(set);
        fc.pre(best < 50);
        expect(norm(absoluteMaximumMargin(set).weights)).toBeCloseTo(best, 5);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a sparse teacher among many coordinates, of which it looks at a few', () => {
    const { train } = sparseLinear({ dimension: 1000, samples: 80 }).data(4) as { train: Dataset };
    const { weights, gap } = absoluteMaximumMargin(train);
    const kept = [...weights.keys()].filter((j) => Math.abs(weights[j]!) > 1e-4);
    expect(kept).toEqual([0, 1, 2]);
    expect(gap).toBeLessThan(1e-6);
  });

  it('refuses conditions that nothing satisfies', () => {
    expect(() => leastAbsoluteNorm([1, -1], [1, 1], 'at least')).toThrow('expected conditions that some w satisfies');
    expect(() => leastAbsoluteNorm([1, 0, 1, 0], [1, 2], 'equal')).toThrow('expected conditions that some w satisfies');
  });
});

/** min |w|_1 over the points where two of the lines y x . w = 1, w_1 = 0 and w_2 = 0 cross. */
function leastByVertices({ inputs, targets, size }: Dataset): number {
  const lines = Array.from({ length: size }, (_, i) => [
    inputs[2 * i]! * targets[i]!,
    inputs[2 * i + 1]! * targets[i]!,
    1,
  ]).concat([
    [1, 0, 0],
    [0, 1, 0],
  ]) as [number, number, number][];
  let best = Number.POSITIVE_INFINITY;
  for (const [a, b, c] of lines) {
    for (const [d, e, f] of lines) {
      const determinant = a * e - b * d;
      if (Math.abs(determinant) < 1e-9) continue;
      const w = [(c * e - b * f) / determinant, (a * f - c * d) / determinant] as const;
      const fits = lines.slice(0, size).every(([x, y]) => x * w[0] + y * w[1] >= 1 - 1e-9);
      if (fits) best = Math.min(best, Math.abs(w[0]) + Math.abs(w[1]));
    }
  }
  return best;
}
