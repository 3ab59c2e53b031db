import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpikeCount } from '../../pipelines/batchSize/spikeCount.ts';

function countOf(losses: readonly number[]): number {
  const counter = new SpikeCount();
  for (const loss of losses) counter.push(loss);
  return counter.count;
}

describe('SpikeCount', () => {
  it.each([
    [[1, 2.1, 1.2], 1],
    [[1, 2, 1], 0],
    [[1, 2.1, 1.4], 0],
    [[1, 2.1, 1.4, 2.5, 1.3], 1],
    [[1, 2.1, 1, 2.1, 0.5], 2],
    [[1, 0.1, 0.3, 0.12, 0.05], 1],
    [[1, Number.POSITIVE_INFINITY, 0.9], 1],
    [[1, Number.NaN, 5, 0.9], 1],
  ])('%j: %i', (losses, count) => {
    expect(countOf(losses)).toBe(count);
  });

  it('law: the unit of the loss does not matter, and a falling loss has no spike', () => {
    const losses = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 80 });
    fc.assert(
      fc.property(losses, fc.integer({ min: -8, max: 8 }), (values, power) => {
        // A power of two, so that rounding has no say.
        expect(countOf(values.map((value) => value * 2 ** power))).toBe(countOf(values));
        expect(countOf(values.toSorted((a, b) => b - a))).toBe(0);
      }),
    );
  });
});
