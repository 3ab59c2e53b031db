import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { whenReady } from '../../src/eventual.ts';
import { mlp } from '../../src/models/mlp.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { ScheduleStep } from '../../src/training/schedule.ts';
import { train } from '../../src/training/train.ts';

/** c times the critical rate of the initial kernel, ever after. */
function constantInCritical(c: number) {
  let rate: number | undefined;
  return ({ probe }: ScheduleStep) =>
    rate ??
    whenReady(probe.train.criticalLearningRate(), (critical) => {
      rate = c * critical;
      return rate;
    });
}

/** Gradient descent on r2, d = 20, n = 200, two layers of width 256: at most 200 updates, to a loss of 1e-3. */
function descent(c: number, seed: number) {
  return lastValueFrom(
    train({
      task: lowRankRegression({ target: 'r2', dimension: 20, samples: 200, testSamples: 1 }),
      model: mlp({ widths: [256] }),
      learningRate: constantInCritical(c),
      steps: 200,
      seed,
      backend: 'wasm',
      until: ({ loss }) => loss < 1e-3,
    }).pipe(tangentKernel(), eigenspace({ rank: 1 }), spikes(), catapults(), toArray()),
  );
}

/** Largest ratio of a value to the smallest one before it. */
function growth(values: readonly number[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 1;
  for (const value of values) {
    largest = Math.max(largest, value / smallest);
    smallest = Math.min(smallest, value);
  }
  return largest;
}

const seeds = [0, 1, 2, 3, 4];

describe('one catapult of gradient descent', () => {
  // The paper's reproduction gives means over five seeds: growth 4.7 and 1.000 at c = 1.1, 24 and 1.10 at c = 1.3.
  // How high a single run climbs depends on where its loss was when the rise began: over seeds 0 to 19 the growth
  // is 2.4 to 14 at c = 1.1 (mean 5.1, 12 of 20 at least 4) and 16 to 47 at c = 1.3 (mean 26); the complement's is
  // at most 1.01 and 1.19, but for seed 5 at c = 1.3, the highest of all, where it is 1.46.
  it.each([1.1, 1.3])(
    'c = %f: the loss rises fourfold in the mean, its complement by at most a fifth in any run',
    async (c) => {
      const totals: number[] = [];
      for (const seed of seeds) {
        const rows = await descent(c, seed);
        totals.push(growth(rows.map(({ loss }) => loss)));
        expect(growth(rows.map((row) => row.eigenspace.lossComplement))).toBeLessThanOrEqual(1.2);
        const events = rows.flatMap((row) => row.catapults.event ?? []);
        expect(events.map(({ state, verdict }) => [state, verdict])).toEqual([
          ['open', 'undecided'],
          ['closed', 'catapult'],
        ]);
        expect(events[1]!.topShare).toBeGreaterThan(0.95);
        expect(rows.at(-1)!.tangentKernel.lambdaMax).toBeLessThan(rows[0]!.tangentKernel.lambdaMax);
      }
      expect(totals.reduce((sum, total) => sum + total, 0) / seeds.length).toBeGreaterThanOrEqual(4);
    },
  );

  it.each(seeds)('c = 0.5, seed %i: the loss never rises and nothing is reported', async (seed) => {
    const rows = await descent(0.5, seed);
    expect(growth(rows.map(({ loss }) => loss))).toBeLessThanOrEqual(1);
    expect(rows.flatMap((row) => row.catapults.event ?? [])).toEqual([]);
  });

  it.each(seeds)('c = 2.5, seed %i: the run ends in a divergence', async (seed) => {
    const rows = await descent(2.5, seed);
    const events = rows.flatMap((row) => row.catapults.event ?? []);
    expect(events.at(-1)!.verdict).toBe('divergence');
    expect(rows.at(-1)!.loss).not.toBeLessThan(1e6);
  });
});
