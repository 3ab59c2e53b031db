import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSpacedTime } from '../../src/operators/logSpacedTime.ts';
import type { Row } from '../../src/step.ts';

/** Rows of a run with the given learning rates. */
function rowsOf(rates: readonly number[], scale = 1): (Row & { time: number; learningRate: number })[] {
  let time = 0;
  return rates.map((learningRate, step) => {
    const row = { step, time, learningRate };
    time += learningRate * scale;
    return row;
  });
}

describe('logSpacedTime', () => {
  it('at time 0 and at the last row before each point of the grid, nowhere else', () => {
    const rates = fc.array(fc.double({ min: 1e-3, max: 50, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 0.9), (given, perDecade, momentum) => {
        const rows = rowsOf(given, 1 / (1 - momentum));
        const cadence = logSpacedTime({ perDecade, momentum });
        rows.forEach((row, index) => {
          const after = row.time + given[index]! / (1 - momentum);
          // Every grid point is passed by exactly the rows that are evaluated; those too near a point are left out.
          const near = [row.time, after].some(
            (time) =>
              time > 0 && Math.abs(perDecade * Math.log10(time) - Math.round(perDecade * Math.log10(time))) < 1e-9,
          );
          if (near) return;
          let passes = false;
          const last = Math.ceil(perDecade * Math.log10(after));
          for (let k = last - 2; k <= last; k++) {
            const point = 10 ** (k / perDecade);
            passes ||= row.time < point && point <= after;
          }
          expect(cadence(row)).toBe(row.time === 0 || passes);
        });
      }),
    );
  });

  it('evaluates a run of constant rate as often in every decade', () => {
    const rows = rowsOf(new Array(100_001).fill(1));
    const cadence = logSpacedTime();
    const taken = rows.filter(cadence).map(({ time }) => time);
    const inDecade = (from: number) => taken.filter((time) => time >= from && time < 10 * from).length;
    expect(inDecade(1000)).toBe(24);
    expect(inDecade(10_000)).toBe(24);
  });

  it('does not depend on what it was asked before', () => {
    const rows = rowsOf(new Array(500).fill(0.7));
    const cadence = logSpacedTime();
    const forwards = rows.map((row) => cadence(row));
    const backwards = [...rows].reverse().map((row) => cadence(row));
    expect(backwards.reverse()).toEqual(forwards);
  });

  it('refuses options out of range and rows without a time', () => {
    expect(() => logSpacedTime({ perDecade: 0 })).toThrow('perDecade = 0');
    expect(() => logSpacedTime({ momentum: 1 })).toThrow('momentum = 1');
    expect(() => logSpacedTime()({ step: 3 })).toThrow('the row has no time and learningRate');
  });
});
