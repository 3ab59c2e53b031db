import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sparkline } from '../../sinks/terminal/sparkline.ts';

const series = fc.array(fc.option(fc.double(), { nil: null }), { maxLength: 200 });

it('is as wide as asked, or as there are values', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 40 }), (values, width) => {
      expect([...sparkline(values, width)]).toHaveLength(Math.min(width, values.length));
    }),
  );
});

it('never loses a spike of one value, nor a value that is not finite', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), fc.constantFrom(1e3, Number.NaN), (length, at, odd) => {
      const values = Array.from({ length }, (_, index) => (index === at % length ? odd : 1));
      expect(sparkline(values, 20)).toMatch(length === 1 || Number.isNaN(odd) ? /[!▁]/ : /█/);
      if (Number.isNaN(odd)) expect(sparkline(values, 20)).toContain('!');
    }),
  );
});
