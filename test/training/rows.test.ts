import { tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { whenReady } from '../../src/eventual.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { snapshot, type TrainingStep } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { collected, smallSpec } from './smallRun.ts';

function numbers({ step, epoch, time, loss, learningRate }: TrainingStep) {
  return { step, epoch, time, loss, learningRate };
}

describe('rows of a training run', () => {
  it('are numbered 0 to steps, the last one after the last update', async () => {
    for (const steps of [0, 1, 7]) {
      const rows = await collected(train(smallSpec({ steps })));
      expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: steps + 1 }, (_, step) => step));
    }
  });

  it('tell the loss before the update: row 0 that of the initial parameters, whatever the rate', async () => {
    const first = async (learningRate: number) => (await collected(train(smallSpec({ learningRate, steps: 1 }))))[0]!;
    expect((await first(0)).loss).toBe((await first(0.5)).loss);
    const still = await collected(train(smallSpec({ learningRate: 0, steps: 3 })));
    expect(new Set(still.map(({ loss }) => loss)).size).toBe(1);
    const moving = await collected(train(smallSpec({ steps: 3 })));
    expect(new Set(moving.map(({ loss }) => loss)).size).toBe(4);
  });

  it('tell the loss that the predictions and the targets give', async () => {
    const spec = smallSpec({ steps: 5, seed: 3 });
    const { train: data } = await spec.task.data(3);
    let seen = 0;
    await collected(
      train(spec).pipe(
        tap(({ loss, probe }) => {
          whenReady(probe.train.predictions(), (predictions) => {
            const sum = predictions.reduce((total, f, i) => total + (f - data.targets[i]!) ** 2, 0);
            expect(Math.abs(loss - sum / data.size)).toBeLessThan(1e-6 * (1 + loss));
            seen++;
          });
        }),
      ),
    );
    expect(seen).toBe(6);
  });

  it('are the same for the same seed and others for another, in full batches and small ones', async () => {
    for (const batchSize of [12, 5]) {
      const of = async (seed: number) =>
        (await collected(train(smallSpec({ batchSize, seed, steps: 20 })))).map(numbers);
      expect(await of(4)).toEqual(await of(4));
      expect((await of(4)).map(({ loss }) => loss)).not.toEqual((await of(5)).map(({ loss }) => loss));
    }
  });

  it('two subscriptions at once do not disturb each other', async () => {
    const run = train(smallSpec({ batchSize: 5, steps: 30, optimizer: gradientDescent({ momentum: 0.9 }) }));
    const alone = (await collected(run)).map(numbers);
    const both = await Promise.all([collected(run), collected(run)]);
    for (const rows of both) expect(rows.map(numbers)).toEqual(alone);
    expect(both[0]![0]!.run).not.toBe(both[1]![0]!.run);
  });

  it('count epochs and continuous time, over 1 - beta with momentum', async () => {
    const rows = await collected(
      train(
        smallSpec({
          batchSize: 5,
          steps: 6,
          learningRate: ({ step }) => step / 100,
          optimizer: gradientDescent({ momentum: 0.75 }),
        }),
      ),
    );
    // 12 samples in batches of 5: two steps an epoch, two samples left over.
    expect(rows.map(({ epoch }) => epoch)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    rows.forEach(({ time, step }) => {
      expect(time).toBeCloseTo((4 * ((step - 1) * step)) / 2 / 100, 12);
    });
    rows.slice(1).forEach(({ seconds }, index) => {
      expect(seconds).toBeGreaterThanOrEqual(rows[index]!.seconds);
    });
  });

  it('share one run, with the record of the spec and the columns of a step', async () => {
    const rows = await collected(train(smallSpec({ steps: 2, seed: 7, name: 'mine' })));
    expect(new Set(rows.map(({ run }) => run)).size).toBe(1);
    const { run } = rows[0]!;
    expect(run.name).toBe('mine');
    expect(run.metadata).toMatchObject({
      seed: 7,
      steps: 2,
      batchSize: 12,
      learningRate: 0.1,
      backend: backendUnderTest,
    });
    expect(Object.keys(snapshot(rows[0]!))).toEqual(run.columns.map(({ name }) => name));
  });

  it('end after the row for which `until` holds, asked at once or by promise', async () => {
    for (const until of [({ step }: TrainingStep) => step === 4, async ({ step }: TrainingStep) => step === 4]) {
      const rows = await collected(train(smallSpec({ until })));
      expect(rows.at(-1)!.step).toBe(4);
    }
  });

  it('end with the first loss that is not finite, and that row is told', async () => {
    const rows = await collected(
      train(smallSpec({ learningRate: 1e6, steps: 500, task: lowRankRegression({ dimension: 4, samples: 12 }) })),
    );
    expect(rows.length).toBeLessThan(100);
    expect(rows.slice(0, -1).every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(Number.isFinite(rows.at(-1)!.loss)).toBe(false);
  });
});
