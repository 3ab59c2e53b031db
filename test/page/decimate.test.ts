import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, type Drawn, decimate } from '../../sinks/dashboard/page/decimate.ts';
import { Series } from '../../sinks/dashboard/page/series.ts';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0) },
);

const points = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), value), { maxLength: 400 }).map((pairs) => {
  let x = -20;
  const xs = pairs.map(([gap]) => (x += gap));
  return { x: Float64Array.from(xs), y: Float64Array.from(pairs, ([, y]) => y), length: pairs.length };
});

const window = fc
  .record({
    left: fc.integer({ min: -50, max: 800 }),
    width: fc.integer({ min: 1, max: 3000 }),
    buckets: fc.integer({ min: 1, max: 60 }),
    logarithmic: fc.boolean(),
  })
  .map(({ left, width, ...rest }) => ({ left, right: left + width, ...rest }));

function kindOf(y: number, logarithmic: boolean) {
  if (Number.isFinite(y)) return logarithmic && y <= 0 ? 'not positive' : undefined;
  return String(y);
}

describe('decimate', () => {
  it('keeps the smallest and the largest value of each bucket, and a mark of each kind that cannot be drawn', () => {
    fc.assert(
      fc.property(points, window, (all, view) => {
        const drawn = decimate(all, view);
        // The neighbours outside the window are no part of its buckets.
        const inside = (x: number) => x >= view.left && x <= view.right;
        const bucket = (x: number) => Math.floor((x - view.left) / ((view.right - view.left) / view.buckets));
        const expected = new Map<number, { min: number; max: number; marks: Set<string> }>();
        for (let i = 0; i < all.length; i++) {
          const [x, y] = [all.x[i]!, all.y[i]!];
          if (!inside(x)) continue;
          const seen = expected.get(bucket(x)) ?? { min: Infinity, max: -Infinity, marks: new Set() };
          expected.set(bucket(x), seen);
          const kind = kindOf(y, view.logarithmic);
          if (kind !== undefined) seen.marks.add(kind);
          else {
            seen.min = Math.min(seen.min, y);
            seen.max = Math.max(seen.max, y);
          }
        }
        for (const [number, { min, max, marks }] of expected) {
          const here = drawn.y.filter(
            (y, i) => y !== null && inside(drawn.x[i]!) && bucket(drawn.x[i]!) === number,
          ) as number[];
          if (min <= max) {
            // Adding 0 makes -0 and 0 one.
            expect(Math.min(...here) + 0).toBe(min + 0);
            expect(Math.max(...here) + 0).toBe(max + 0);
          }
          const marked = drawn.marks.filter(({ x }) => inside(x) && bucket(x) === number).map(({ kind }) => kind);
          expect(new Set(marked)).toEqual(marks);
          expect(marked.length).toBe(marks.size);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('draws only points that are there, in order, a bounded number, and breaks the line where one cannot be drawn', () => {
    fc.assert(
      fc.property(points, window, (all, view) => {
        const { x, y } = decimate(all, view);
        expect(x.length).toBe(y.length);
        expect(x.length).toBeLessThanOrEqual(6 * (view.buckets + 4));
        for (let i = 0; i < x.length; i++) {
          const at = all.x.indexOf(x[i]!);
          expect(at).toBeGreaterThanOrEqual(0);
          if (y[i] !== null) expect(all.y[at]).toBe(y[i]);
          else expect(kindOf(all.y[at]!, view.logarithmic)).toBeDefined();
          if (i > 0) expect(x[i]! > x[i - 1]!).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('draws the same with the extremes of blocks as without', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), value), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        runs,
        fc.array(fc.tuple(fc.nat(3000), value), { maxLength: 4 }),
        window,
        (stretches, planted, view) => {
          const series = new Series();
          const ys = stretches.flatMap(([count, y]) => Array.from({ length: count }, (_, i) => y + Math.sin(i)));
          for (const [at, y] of planted) ys[at % ys.length] = y;
          ys.forEach((y, row) => {
            series.push(row, y);
          });
          const plain = { x: series.rows, y: series.y, length: series.length };
          expect(decimate({ ...plain, blocks: series.blocks }, view)).toEqual(decimate(plain, view));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('leaves few points as they are', () => {
    const drawn = decimate(
      { x: Float64Array.of(0, 1, 2, 3), y: Float64Array.of(5, Number.NaN, -1, 7), length: 4 },
      { left: 0, right: 3, buckets: 500, logarithmic: false },
    );
    expect(drawn).toEqual({ x: [0, 1, 2, 3], y: [5, null, -1, 7], marks: [{ x: 1, kind: 'NaN' }] });
  });
});

describe('align', () => {
  it('keeps points of one series that share an x', () => {
    const still: Drawn = { x: [0, 1, 1, 1, 2], y: [1, 2, 90, 3, 4], marks: [] };
    expect(align([still, { x: [1, 3], y: [7, 8], marks: [] }])).toEqual([
      [0, 1, 1, 1, 2, 3],
      [1, 2, 90, 3, 4, undefined],
      [undefined, 7, undefined, undefined, undefined, 8],
    ]);
  });

  it('puts series over their common x and takes nothing away', () => {
    const drawn = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 30 }).chain((xs) => {
      const x = [...xs].sort((a, b) => a - b);
      return fc
        .array(fc.option(fc.integer()), { minLength: x.length, maxLength: x.length })
        .map((y): Drawn => ({ x, y, marks: [] }));
    });
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 1, maxLength: 4 }), (all) => {
        const [x, ...columns] = align(all);
        expect([...new Set(x)].sort((a, b) => a - b)).toEqual(x);
        all.forEach((each, k) => {
          const column = columns[k]!;
          expect(column.length).toBe(x.length);
          const kept = x.flatMap((at, i) => (column[i] === undefined ? [] : [[at, column[i]]]));
          expect(kept).toEqual(each.x.map((at, i) => [at, each.y[i]]));
        });
      }),
    );
  });
});
