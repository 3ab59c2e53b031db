import { describe, expect, it } from 'vitest';
import type { EarlyWarningEvent } from '../../src/detectors/earlyWarningDetector.ts';
import { whenReady } from '../../src/eventual.ts';
import { mlp } from '../../src/models/mlp.ts';
import { earlyWarning } from '../../src/operators/earlyWarning.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { collected } from '../training/smallRun.ts';

/** c times the critical rate of the first kernel, ever after. */
function constant(c: number): TrainingSpec['learningRate'] {
  let rate: number | undefined;
  return ({ probe }) =>
    rate ??
    whenReady(probe.train.criticalLearningRate(), (critical) => {
      rate = c * critical;
      return rate;
    });
}

/** The small setting of the catapults. */
async function warnings(seed: number, learningRate: TrainingSpec['learningRate'], steps: number) {
  const rows = await collected(
    train({
      task: lowRankRegression({ target: 'r2', dimension: 20, samples: 200, testSamples: 1 }),
      model: mlp({ widths: [256] }),
      learningRate,
      steps,
      seed,
      backend: 'wasm',
    }).pipe(tangentKernel(), earlyWarning()),
  );
  return rows.flatMap(({ earlyWarning: { event } }): EarlyWarningEvent[] => (event === null ? [] : [event]));
}

describe('earlyWarning on real runs', () => {
  it.each([0, 1])('every catapult of seed %d is warned of before the loss moves', async (seed) => {
    const events = await warnings(seed, raiseToCritical({ factor: 1.15, catapults: 2 }), 90);
    const closed = events.filter(({ state }) => state === 'closed');
    expect(closed.map(({ outcome }) => outcome)).toEqual(['rise', 'rise']);
    for (const { lead, leadOverLoss } of closed) {
      expect(lead).toBeGreaterThan(0);
      expect(leadOverLoss).toBeGreaterThan(lead!);
    }
  });

  it.each([0, 1])('seed %d at .9 of the critical rate is not warned of', async (seed) => {
    expect(await warnings(seed, constant(0.9), 60)).toEqual([]);
  });
});
