import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Trace } from '../../src/cli/trace.ts';

it('keeps the one high value of a dull series, where it was, in bounded memory', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10_000, max: 40_000 }), fc.nat(9999), (rows, at) => {
      const trace = new Trace();
      for (let row = 0; row < rows; row++) trace.push(row === at ? 9 : 1);
      expect(trace.values.length).toBeLessThan(4096);
      const found = trace.values.indexOf(9);
      expect(trace.values.filter((value) => value === 9)).toHaveLength(1);
      expect(Math.abs(found / trace.values.length - at / rows)).toBeLessThan(0.01);
    }),
    { numRuns: 20 },
  );
});

it('takes many rows of one value as that many', () => {
  const [one, other] = [new Trace(), new Trace()];
  for (const [value, rows] of [
    [1, 3000],
    [Number.NaN, 1],
    [null, 500],
    [2, 9000],
  ] as const) {
    one.push(value, rows);
    for (let row = 0; row < rows; row++) other.push(value);
  }
  expect(one.values).toEqual(other.values);
  expect(one.values.some(Number.isNaN)).toBe(true);
});
