import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judged } from '../../pipelines/study/judgement.ts';
import { PartNumbers } from '../../pipelines/study/partNumbers.ts';
import { type Claim, higher, lower } from '../../pipelines/study/study.ts';
import type { Parameters } from '../../src/sweep/job.ts';
import { plainResult } from '../../src/sweep/plainResult.ts';
import { type VariantResult, variantRuns } from '../../src/sweep/variants.ts';

const variants = ['a', 'b', 'c'].map((label) => ({ label, parameters: { label } as Parameters }));

type Values = { readonly [label: string]: readonly (number | undefined)[] };

/** Results made up: the number `loss` of each variant, seed by seed; a run whose value is undefined has failed. */
function numbersOf(values: Values): PartNumbers {
  const seeds = Array.from(values.a!.keys());
  const runs = variantRuns({ module: 'made-up', cells: variants.map(({ parameters }) => parameters), seeds });
  const results = runs.map((run, i): VariantResult => {
    const loss = values[variants[run.cell]!.label]?.[run.seed!];
    const common = { run: i, job: run.job, seconds: 1 };
    return {
      ...run,
      reused: false,
      outcome:
        loss === undefined
          ? { ...common, state: 'failed', error: 'x' }
          : { ...common, state: 'finished', result: plainResult({ loss }) },
    };
  });
  return new PartNumbers(variants, results);
}

const claimOf = (...checks: Claim['checks']): Claim => ({ text: 'a claim', checks });
const verdict = (claim: Claim, values: Values) => judged(claim, numbersOf(values)).verdict;

describe('the verdict on a claim', () => {
  const clear = { a: [1, 2, 3, 4, 5], b: [2.1, 3, 4.1, 5, 6.1], c: [1, 2, 3, 4, 5.1] };

  it('reproduces where all checks hold, is mixed where some do, and does not where none does', () => {
    expect(verdict(claimOf(lower('loss', 'a', 'b'), higher('loss', 'b', 'c')), clear)).toBe('reproduces');
    expect(verdict(claimOf(lower('loss', 'a', 'b'), higher('loss', 'a', 'c')), clear)).toBe('mixed');
    expect(verdict(claimOf(higher('loss', 'a', 'b')), clear)).toBe('does not reproduce');
  });

  it('a mean within two standard errors of 0, or the wrong sign for two of five seeds, does not hold', () => {
    const loose = { a: [0, 0, 0, 0, 0], b: [0.1, 0.1, 0.1, 0.1, 8], c: [1, 1, 1, -0.01, -0.01] };
    expect(verdict(claimOf(lower('loss', 'a', 'b')), loose)).toBe('does not reproduce');
    expect(verdict(claimOf(lower('loss', 'a', 'c')), loose)).toBe('does not reproduce');
  });

  it('a run that diverged counts against the claim, one that is missing does not count', () => {
    const values = (...last: (number | undefined)[]) => ({ a: [1, 1, 1, 1, 1], b: [2, 2.1, 2, ...last] });
    expect(verdict(claimOf(lower('loss', 'a', 'b')), values(2, Number.NaN))).toBe('reproduces');
    expect(verdict(claimOf(lower('loss', 'a', 'b')), values(Number.NaN, Number.NaN))).toBe('does not reproduce');
    expect(verdict(claimOf(lower('loss', 'a', 'b')), values(undefined, undefined))).toBe('reproduces');
  });

  it('is none with fewer than three seeds', () => {
    expect(verdict(claimOf(lower('loss', 'a', 'b')), { a: [1, 1], b: [2, 2] })).toBe('too few seeds');
  });

  it('a value decides by its own rule, and one that is not a number does not hold', () => {
    const share = (label: string) =>
      ({
        kind: 'value',
        text: 'mean',
        expected: 'above 2',
        of: (numbers: PartNumbers) => numbers.mean('loss', label),
        holds: (value: number) => value > 2,
      }) as const;
    expect(verdict(claimOf(share('a')), clear)).toBe('reproduces');
    expect(verdict(claimOf(share('a')), { ...clear, a: [0, 0, 0, 0, 0] })).toBe('does not reproduce');
    expect(verdict(claimOf(share('b')), { a: [1, 2, 3], b: [] })).toBe('does not reproduce');
  });

  it('law: a claim and its opposite never both reproduce', () => {
    const list = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const both = [lower('loss', 'a', 'b'), higher('loss', 'a', 'b')].map((check) =>
          verdict(claimOf(check), { a, b }),
        );
        expect(both.filter((one) => one === 'reproduces').length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('a label that no variant has is an error', () => {
    expect(() => verdict(claimOf(lower('loss', 'a', 'd')), clear)).toThrow(/no variant 'd' among a, b, c/);
  });
});
