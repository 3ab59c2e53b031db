import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantiles } from '../../src/statistics/quantiles.ts';

describe('quantiles', () => {
  it('interpolates between the order statistics', () => {
    expect(quantiles([4, 1, 3, 2], [0, 0.5, 1])).toEqual([1, 2.5, 4]);
    expect(quantiles([7], [0.1, 0.9])).toEqual([7, 7]);
    const [p10, p90] = quantiles(
      Array.from({ length: 11 }, (_, i) => 10 - i),
      [0.1, 0.9],
    );
    expect(p10).toBeCloseTo(1, 12);
    expect(p90).toBeCloseTo(9, 12);
  });

  it('is NaN of nothing and of what has no order; infinities have their places', () => {
    expect(quantiles([], [0.5])).toEqual([Number.NaN]);
    expect(quantiles([1, Number.NaN, 2], [0, 0.5])).toEqual([Number.NaN, Number.NaN]);
    expect(quantiles([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1], [0, 0.75])).toEqual([
      1,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('law: as many values lie below a quantile as its share says, and the order of the values does not matter', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const [found] = quantiles(list, [share]);
        const at = share * (list.length - 1);
        expect(list.filter((value) => value < found!).length).toBeLessThanOrEqual(Math.ceil(at));
        expect(list.filter((value) => value <= found!).length).toBeGreaterThanOrEqual(Math.floor(at) + 1);
        expect(quantiles([...list].reverse(), [share])).toEqual([found]);
      }),
    );
  });
});
