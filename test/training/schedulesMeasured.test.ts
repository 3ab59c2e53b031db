import { lastValueFrom, tap } from 'rxjs';
import { expect, it } from 'vitest';
import { mlp } from '../../src/models/mlp.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { ScheduleStep } from '../../src/training/schedule.ts';
import { critical } from '../../src/training/schedules/critical.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

/** Half the critical rate of the initial kernel, ever after. */
function baseline(): TrainingSpec['learningRate'] {
  let rate: Promise<number> | undefined;
  return ({ probe }: ScheduleStep) => {
    rate ??= Promise.resolve(probe.train.criticalLearningRate()).then((first) => 0.5 * first);
    return rate;
  };
}

/** r2, d = 20, n = 200, width 256, to a loss of 1e-3: the test loss, and the largest rise over a running minimum. */
async function descent(learningRate: TrainingSpec['learningRate'], seed: number) {
  let lowest = Number.POSITIVE_INFINITY;
  let rise = 0;
  const last = await lastValueFrom(
    train({
      task: lowRankRegression({ target: 'r2', dimension: 20, samples: 200 }),
      model: mlp({ widths: [256] }),
      learningRate,
      steps: 1500,
      seed,
      backend: backendUnderTest,
      until: ({ loss }) => loss < 1e-3,
    }).pipe(
      tap(({ loss }) => {
        rise = Math.max(rise, loss / lowest);
        lowest = Math.min(lowest, loss);
      }),
      evaluate(),
    ),
  );
  return { testLoss: last.evaluation.testLoss, loss: last.loss, rise };
}

/** The control of a fair report: a rate that is larger, but never critical, does nothing. */
it('.9 of the critical rate at every step never spikes and ends where half of the first one does', async () => {
  for (const seed of [0, 1]) {
    const usual = await descent(baseline(), seed);
    const nearly = await descent(critical(0.9), seed);
    expect(nearly.loss).toBeLessThan(1e-3);
    expect(nearly.rise).toBeLessThan(1);
    expect(Math.abs(nearly.testLoss / usual.testLoss - 1)).toBeLessThan(0.02);
  }
});
