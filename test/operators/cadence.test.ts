import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { always, type Cadence, during, every, logSpaced } from '../../src/operators/cadence.ts';

function steps(cadence: Cadence, last: number): number[] {
  const found: number[] = [];
  for (let step = 0; step <= last; step++) if (cadence({ step })) found.push(step);
  return found;
}

/** 0 and every ratio^i rounded up, where a power within rounding of a whole number counts as that number. */
function naiveGrid(ratio: number, last: number): number[] {
  const grid = new Set([0]);
  for (let i = 0; ratio ** i <= last * (1 + 1e-12); i++) grid.add(Math.ceil(ratio ** i * (1 - 1e-12)));
  return [...grid].filter((step) => step <= last).sort((a, b) => a - b);
}

describe('cadences', () => {
  it('always, every k', () => {
    expect(steps(always, 5)).toEqual([0, 1, 2, 3, 4, 5]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat({ max: 500 }), (k, step) => {
        expect(every(k)({ step })).toBe(Number.isInteger(step / k));
      }),
    );
  });

  it('logSpaced: exactly the powers of the ratio rounded up', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.01, max: 20, noNaN: true }), (ratio) => {
        expect(steps(logSpaced(ratio), 3000)).toEqual(naiveGrid(ratio, 3000));
      }),
      { numRuns: 100 },
    );
  });

  it.each([2, 3, 5, 10, 1.5, 1.1, Math.SQRT2, 2 ** (1 / 3), 2 ** (1 / 12), 10 ** (1 / 24), 10 ** 0.1])(
    'logSpaced(%f): powers that are whole numbers but for rounding are taken once',
    (ratio) => {
      expect(steps(logSpaced(ratio), 100_000)).toEqual(naiveGrid(ratio, 100_000));
    },
  );

  it('logSpaced does not depend on which steps it was asked about', () => {
    const cadence = logSpaced(1.3);
    const forward = steps(cadence, 100);
    const backward = Array.from({ length: 101 }, (_, index) => 100 - index).filter((step) => cadence({ step }));
    expect(backward.reverse()).toEqual(forward);
  });

  it('during follows the row', () => {
    const cadence = during((row: { step: number; on: boolean }) => row.on);
    expect(cadence({ step: 1, on: true } as never)).toBe(true);
    expect(cadence({ step: 1, on: false } as never)).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('every(%f) is refused', (k) => {
    expect(() => every(k)).toThrow(RangeError);
    expect(() => every(k)).toThrow(`every(${k})`);
  });

  it.each([1, 0, -2, Number.NaN])('logSpaced(%f) is refused', (ratio) => {
    expect(() => logSpaced(ratio)).toThrow(RangeError);
    expect(() => logSpaced(ratio)).toThrow(`logSpaced(${ratio})`);
  });
});
