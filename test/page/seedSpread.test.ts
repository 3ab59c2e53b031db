import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Points } from '../../sinks/dashboard/page/decimate.ts';
import { type SeedSpread, seedSpread } from '../../sinks/dashboard/page/seedSpread.ts';
import type { Series } from '../../sinks/dashboard/page/series.ts';

const points = (pairs: readonly (readonly [x: number, y: number])[]): Points => ({
  x: Float64Array.from(pairs, ([x]) => x),
  y: Float64Array.from(pairs, ([, y]) => y),
  length: pairs.length,
});
const told = ({ rows, y, length }: Series) => Array.from({ length }, (_, i) => [rows[i], y[i]]);

const value = fc.oneof(
  { weight: 9, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0) },
);
const run = fc.array(fc.tuple(fc.nat(3), value), { maxLength: 25 }).chain((gaps) =>
  fc.integer({ min: -5, max: 5 }).map((begin) => {
    let x = begin;
    return gaps.map(([gap, y]) => {
      x += gap;
      return [x, y] as const;
    });
  }),
);
const isDrawable = (y: number, logarithmic: boolean) => Number.isFinite(y) && (!logarithmic || y > 0);

describe('the mean and spread over seeds', () => {
  it('are those of the values where all runs have a point at each place', () => {
    const spread = seedSpread(
      [
        points([
          [0, 1],
          [1, 2],
        ]),
        points([
          [0, 3],
          [1, 8],
        ]),
      ],
      false,
      'range',
    );
    expect(told(spread.mean)).toEqual([
      [0, 2],
      [1, 5],
    ]);
    expect(told(spread.low)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(told(spread.high)).toEqual([
      [0, 3],
      [1, 8],
    ]);
    expect(told(spread.partial)).toEqual([]);
    const deviation = seedSpread([points([[0, 1]]), points([[0, 2]]), points([[0, 6]])], false, 'deviation');
    expect(deviation.mean.last).toBeCloseTo(3, 12);
    expect(deviation.high.last).toBeCloseTo(3 + Math.sqrt(7), 12);
  });

  it('are those of the logarithms on a logarithmic axis', () => {
    const runs = [points([[0, 1]]), points([[0, 100]])];
    const { mean, low, high } = seedSpread(runs, true, 'deviation');
    expect(mean.last).toBeCloseTo(10, 10);
    expect(low.last! * high.last!).toBeCloseTo(100, 8);
  });

  it('take a run to go straight between its points, and to be no more after its last one', () => {
    const { mean, partial, high } = seedSpread(
      [
        points([
          [0, 0],
          [4, 4],
          [6, 6],
        ]),
        points([
          [0, 0],
          [2, 6],
        ]),
      ],
      false,
      'range',
    );
    expect(told(mean)).toEqual([
      [0, 0],
      [2, 4],
      [4, Number.NaN],
    ]);
    // From the last place where both are: the lines meet.
    expect(told(partial)).toEqual([
      [2, 4],
      [4, 4],
      [6, 6],
    ]);
    expect(told(high)).toEqual([
      [0, 0],
      [2, 6],
      [4, 4],
      [6, 6],
    ]);
  });

  it('never take in what cannot be drawn, and tell of it', () => {
    const runs = [
      points([
        [0, 1],
        [1, Number.NaN],
        [2, 1],
        [3, 1],
      ]),
      points([
        [0, 3],
        [1, 3],
        [2, 3],
        [3, 3],
      ]),
    ];
    const { mean, partial, undrawable } = seedSpread(runs, false, 'range');
    expect(told(mean)).toEqual([
      [0, 2],
      [1, Number.NaN],
      [2, 2],
      [3, 2],
    ]);
    expect(told(partial)).toEqual([
      [0, 2],
      [1, 3],
      [2, 2],
      [3, Number.NaN],
    ]);
    expect(told(undrawable)).toEqual([[1, Number.NaN]]);
  });

  it('hold every value of every run between the edges of the range, and the mean too', () => {
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), fc.boolean(), (runs, logarithmic) => {
        const spread = seedSpread(runs.map(points), logarithmic, 'range');
        const edges = new Map(told(spread.low).map(([x, low], i) => [x!, [low!, told(spread.high)[i]![1]!]]));
        const near = 1e-12;
        for (const [x, y] of runs.flat()) {
          if (!isDrawable(y, logarithmic)) continue;
          const [low, high] = edges.get(x)!;
          expect(low! <= y + near * Math.abs(y)).toBe(true);
          expect(high! >= y - near * Math.abs(y)).toBe(true);
        }
        for (const [x, y] of [...told(spread.mean), ...told(spread.partial)]) {
          if (Number.isNaN(y)) continue;
          const [low, high] = edges.get(x!)!;
          expect(y! >= low! && y! <= high!).toBe(true);
        }
        const lost = runs.flat().filter(([, y]) => !isDrawable(y, logarithmic));
        expect(told(spread.undrawable).map(([x]) => x)).toEqual(lost.map(([x]) => x).sort((a, b) => a - b));
      }),
      { numRuns: 400 },
    );
  });

  it('are finite with either band, over places that ascend, with edges that break together', () => {
    const spreading = fc.constantFrom('range' as const, 'deviation' as const);
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), fc.boolean(), spreading, (runs, logarithmic, kind) => {
        const spread: SeedSpread = seedSpread(runs.map(points), logarithmic, kind);
        for (const series of [spread.mean, spread.partial, spread.low, spread.high]) {
          const all = told(series);
          for (const [, y] of all) expect(Number.isNaN(y) || isDrawable(y!, logarithmic)).toBe(true);
          for (let i = 1; i < all.length; i++) expect(all[i]![0]! > all[i - 1]![0]!).toBe(true);
        }
        const breaks = (series: Series) => told(series).map(([x, y]) => [x, Number.isNaN(y)]);
        expect(breaks(spread.low)).toEqual(breaks(spread.high));
      }),
      { numRuns: 400 },
    );
  });
});
