import { describe, expect, it } from 'vitest';
import { broken, least, most, some } from '../../pipelines/rootFree/rootFreeChecks.ts';
import { rootFreeStudy } from '../../pipelines/rootFree/rootFreeStudy.ts';
import { rootFreeCnnStudy, rootFreeTransformerStudy } from '../../pipelines/rootFree/rootFreeTrainingStudies.ts';
import { PartNumbers } from '../../pipelines/study/partNumbers.ts';
import { runStudy } from '../../pipelines/study/runStudy.ts';
import { plainResult } from '../../src/sweep/plainResult.ts';

const module = new URL('../../pipelines/index.ts', import.meta.url).href;

/** Digits, which every clone has, and a few updates. */
const brief = { data: 'mnist', samples: 64, testSamples: 20, batchSize: 16, steps: 2, backend: 'wasm' };

/** Missing where no run failed; and no number where an inverse root broke down. */
const mayBeMissing = ['failedAt', 'errors.newtonBfloat16.1e-4'];

/** Of one variant, a run a seed: a number `error` of each, null where the run has none. */
function numbersOf(errors: readonly (number | null)[]): PartNumbers {
  const results = errors.map(
    (error, seed) => ({ cell: 0, seed, outcome: { state: 'finished', result: plainResult({ error }) } }) as never,
  );
  return new PartNumbers([{ label: 'a', parameters: {} }], results);
}

describe('a check of every run', () => {
  it.each<[readonly (number | null)[], boolean, boolean, boolean, boolean]>([
    // at least 10, broken at 10, at most 10, above 0 of any
    [[20, 30], true, true, false, true],
    [[20, 3], false, false, false, true],
    [[0, 0], false, false, true, false],
    [[20, Number.NaN], false, true, false, true],
    [[20, null], false, true, false, true],
    [[], false, false, false, false],
  ])('%j', (errors, atLeast, isBroken, atMost, any) => {
    const numbers = numbersOf(errors);
    const checks = [least('error', 'a', 10), broken('error', 'a', 10), most('error', 'a', 10), some('error', 'a', 0)];
    expect(checks.map(({ of, holds }) => holds(of(numbers)))).toEqual([atLeast, isBroken, atMost, any]);
  });
});

describe.each([rootFreeStudy, rootFreeCnnStudy, rootFreeTransformerStudy].map((study) => [study.name, study] as const))(
  'the study %s at a small size',
  (_, study) => {
    it('runs every variant, and every column and check finds its numbers', async () => {
      const report = await runStudy(study, { seeds: [0], workers: 0, module, parameters: () => brief });
      for (const { part, numbers, claims, results } of report.parts) {
        expect(results.map(({ outcome }) => outcome.state)).toEqual(results.map(() => 'finished'));
        for (const { path } of part.columns.filter(({ path }) => !mayBeMissing.includes(path)))
          expect(numbers.values(path).length, `${part.title}: ${path}`).toBeGreaterThan(0);
        // Newton in bfloat16 may well end in no number: that decides the check as well.
        for (const { checks } of claims)
          for (const check of checks) if ('pairs' in check) expect(Number.isFinite(check.pairs.mean)).toBe(true);
      }
    });
  },
);
