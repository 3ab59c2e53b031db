import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  leastSquares,
  mean,
  pairedDifference,
  pearson,
  ranks,
  spearman,
  standardDeviation,
  standardError,
} from '../../src/statistics/index.ts';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const values = (minLength = 2) => fc.array(value, { minLength, maxLength: 40 });
const pairs = (minLength = 3) =>
  fc
    .array(fc.tuple(value, value), { minLength, maxLength: 40 })
    .map((list) => [list.map(([x]) => x), list.map(([, y]) => y)] as const);
const spread = (list: readonly number[]) => Math.max(...list) - Math.min(...list);

describe('mean and standard deviation', () => {
  it('by hand', () => {
    expect(mean([2, 4, 4, 4, 5, 5, 7, 9])).toBe(5);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(standardError([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3) / 2, 14);
    expect(mean([])).toBeNaN();
    expect(standardDeviation([3])).toBeNaN();
    expect(mean([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(mean([1, Number.NaN])).toBeNaN();
  });

  it('keep their digits when the values are large beside their spread', () => {
    expect(standardDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(1, 9);
  });

  it('move with a shift and a scale', () => {
    fc.assert(
      fc.property(
        values(),
        fc.integer({ min: -100, max: 100 }),
        fc.constantFrom(-4, 0.5, 2, 8),
        (list, shift, scale) => {
          const moved = list.map((x) => scale * x + shift);
          expect(Math.abs(mean(moved) - (scale * mean(list) + shift))).toBeLessThanOrEqual(1e-7);
          expect(Math.abs(standardDeviation(moved) - Math.abs(scale) * standardDeviation(list))).toBeLessThanOrEqual(
            1e-7,
          );
          expect(mean(list)).toBeGreaterThanOrEqual(Math.min(...list) - 1e-9);
          expect(mean(list)).toBeLessThanOrEqual(Math.max(...list) + 1e-9);
        },
      ),
    );
  });
});

describe('paired difference', () => {
  it('by hand', () => {
    expect(pairedDifference([3, 5, 4, 7], [1, 5, 6, 3])).toEqual({
      pairs: 4,
      mean: 1,
      standardError: Math.sqrt(20 / 3) / 2,
      higher: 2,
      lower: 1,
      equal: 1,
    });
    expect(pairedDifference([1], [2])).toMatchObject({ pairs: 1, mean: -1, standardError: Number.NaN, lower: 1 });
    expect(pairedDifference([Number.NaN], [2])).toMatchObject({ pairs: 1, higher: 0, lower: 0, equal: 0 });
    expect(() => pairedDifference([1, 2], [1])).toThrow('pairedDifference: 2 values and 1 values: expected as many');
  });

  it('turns its sign with the order, and forgets what the pairs share', () => {
    fc.assert(
      fc.property(
        pairs(),
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 40, maxLength: 40 }),
        (xy, common) => {
          const [x, y] = xy;
          const there = pairedDifference(x, y);
          const back = pairedDifference(y, x);
          expect(back.mean).toBeCloseTo(-there.mean, 8);
          expect([back.higher, back.lower, back.equal]).toEqual([there.lower, there.higher, there.equal]);
          expect(there.higher + there.lower + there.equal).toBe(there.pairs);
          const shifted = pairedDifference(
            x.map((value, i) => value + common[i]!),
            y.map((value, i) => value + common[i]!),
          );
          expect(shifted.standardError).toBeCloseTo(there.standardError, 6);
        },
      ),
    );
  });
});

describe('correlation', () => {
  it('by hand', () => {
    // Deviations (-2,-1,0,1,2) and (-2,0,-1,2,1): products 4+0+0+2+2 = 8, squares 10 and 10.
    expect(pearson([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])).toBeCloseTo(0.8, 14);
    expect(ranks([10, 20, 20, 5, 20])).toEqual(Float64Array.of(2, 4, 4, 1, 4));
    // Ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4): products 4.5, squares 4.5 and 5.
    expect(spearman([1, 2, 2, 9], [0, 1, 5, 6])).toBeCloseTo(4.5 / Math.sqrt(22.5), 14);
    expect(ranks([0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toEqual(
      Float64Array.of(2, 1, 3.5, 3.5),
    );
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(spearman([1, Number.NaN, 3], [1, 2, 3])).toBeNaN();
    expect(() => pearson([1], [])).toThrow(RangeError);
    expect(() => spearman([1], [])).toThrow(/spearman: 1 values and 0/);
  });

  it('lies in [-1, 1], is symmetric, is 1 with itself', () => {
    fc.assert(
      fc.property(pairs(), ([x, y]) => {
        for (const correlation of [pearson, spearman]) {
          const r = correlation(x, y);
          if (Number.isNaN(r)) expect(Math.min(spread(x), spread(y))).toBeLessThan(1e-6);
          else expect(Math.abs(r)).toBeLessThanOrEqual(1);
          expect(correlation(y, x)).toBe(r);
        }
        if (spread(x) > 1e-3) expect(pearson(x, x)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("Spearman's does not change under a rising map; ranks sum to n (n + 1) / 2", () => {
    const whole = fc.integer({ min: -8, max: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, whole), { minLength: 2, maxLength: 30 }), (list) => {
        const [x, y] = [list.map(([a]) => a), list.map(([, b]) => b)];
        expect(
          spearman(
            x.map((a) => a ** 3),
            y.map((b) => Math.exp(b)),
          ),
        ).toBe(spearman(x, y));
        expect(ranks(x).reduce((sum, rank) => sum + rank, 0)).toBe((x.length * (x.length + 1)) / 2);
        // The definition, pair by pair: those below, and half of the others that are equal.
        ranks(x).forEach((rank, i) => {
          const below = x.filter((a) => a < x[i]!).length;
          const equal = x.filter((a) => a === x[i]!).length;
          expect(rank).toBe(below + (equal + 1) / 2);
        });
      }),
    );
  });
});

describe('least squares', () => {
  it('by hand', () => {
    // xx = 10, xy = 8: slope .8, residuals of (1,3,2,5,4) squared sum to 10 - 6.4 = 3.6, over 3.
    const line = leastSquares([1, 2, 3, 4, 5], [1, 3, 2, 5, 4]);
    expect(line.slope).toBeCloseTo(0.8, 14);
    expect(line.intercept).toBeCloseTo(0.6, 14);
    expect(line.residualDeviation).toBeCloseTo(Math.sqrt(1.2), 14);
    expect(line.slopeError).toBeCloseTo(Math.sqrt(0.12), 14);
    expect(leastSquares([1, 2], [5, 7])).toMatchObject({ slope: 2, intercept: 3, slopeError: Number.NaN });
    expect(leastSquares([4, 4, 4], [1, 2, 3]).slope).toBeNaN();
    expect(() => leastSquares([1, 2], [1])).toThrow(RangeError);
  });

  it('leaves residuals that neither a shift nor a tilt can make smaller; its slope goes with the correlation', () => {
    const whole = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, whole), { minLength: 3, maxLength: 30 }), (list) => {
        const [x, y] = [list.map(([a]) => a), list.map(([, b]) => b)];
        fc.pre(spread(x) > 0);
        const { slope, intercept } = leastSquares(x, y);
        const residuals = y.map((b, i) => b - intercept - slope * x[i]!);
        expect(Math.abs(mean(residuals))).toBeLessThan(1e-8);
        expect(Math.abs(mean(residuals.map((r, i) => r * x[i]!)))).toBeLessThan(1e-4);
        if (spread(y) > 0) expect(slope).toBeCloseTo((pearson(x, y) * standardDeviation(y)) / standardDeviation(x), 8);
      }),
    );
  });
});
