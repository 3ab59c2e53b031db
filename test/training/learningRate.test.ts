import { BehaviorSubject, concat, EMPTY, map, NEVER, of, Subject, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RunningSchedule } from '../../src/training/schedule.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { collected, smallSpec, turnOfEventLoop } from './smallRun.ts';

async function rates(learningRate: TrainingSpec['learningRate'], steps = 4): Promise<number[]> {
  return (await collected(train(smallSpec({ learningRate, steps })))).map((row) => row.learningRate);
}

describe('the learning rate', () => {
  it('as a number, a function, a promise of one, a schedule', async () => {
    expect(await rates(0.25)).toEqual([0.25, 0.25, 0.25, 0.25, 0.25]);
    expect(await rates(({ step }) => step / 8)).toEqual([0, 0.125, 0.25, 0.375, 0.5]);
    expect(await rates(async ({ step }) => step / 8)).toEqual([0, 0.125, 0.25, 0.375, 0.5]);
    let started = 0;
    const schedule = {
      name: 'halving',
      start(): RunningSchedule {
        started++;
        let rate = 1;
        return { next: () => (rate /= 2), settled: true };
      },
    };
    expect(await rates(schedule)).toEqual([0.5, 0.25, 0.125, 0.0625, 0.03125]);
    expect(await rates(schedule)).toEqual([0.5, 0.25, 0.125, 0.0625, 0.03125]);
    expect(started).toBe(2);
  });

  it('changes the update it is told for', async () => {
    const rows = await collected(train(smallSpec({ learningRate: ({ step }) => (step === 1 ? 0.1 : 0), steps: 3 })));
    const [a, b, c, d] = rows.map(({ loss }) => loss);
    expect(b).toBe(a);
    expect(c).not.toBe(b);
    expect(d).toBe(c);
  });

  it('a function sees the step about to be told, its loss and its live probe', async () => {
    const seen: number[] = [];
    const rows = await collected(
      train(
        smallSpec({
          learningRate: (step) => {
            seen.push(step.loss);
            return 0.1 * (step.probe.train.criticalLearningRate() as number);
          },
        }),
      ),
    );
    expect(seen).toEqual(rows.map(({ loss }) => loss));
    expect(rows.every(({ learningRate }) => learningRate > 0)).toBe(true);
  });

  it('as a stream: the latest value counts, and the first step waits for the first value', async () => {
    const dial = new BehaviorSubject(0.5);
    const rows = await collected(
      train(smallSpec({ learningRate: dial })).pipe(tap(({ step }) => step === 3 && dial.next(0.125))),
    );
    expect(rows.map(({ learningRate }) => learningRate)).toEqual([
      ...new Array(4).fill(0.5),
      ...new Array(7).fill(0.125),
    ]);
    const started = performance.now();
    expect(await rates(timer(60).pipe(map(() => 0.25)), 2)).toEqual([0.25, 0.25, 0.25]);
    expect(performance.now() - started).toBeGreaterThan(50);
  });

  it('a stream that completes keeps its last value; one that completes without any is an error', async () => {
    expect(await rates(of(1, 2, 0.5), 2)).toEqual([0.5, 0.5, 0.5]);
    await expect(rates(EMPTY)).rejects.toThrow('train: the stream of learning rates completed without a value');
    await expect(rates(concat(timer(20).pipe(map(() => 1)), EMPTY).pipe(map(() => Number.NaN)))).rejects.toThrow(
      'train: the learning rate of step 0 is NaN: expected a finite number of at least 0',
    );
  });

  it('an error of the stream is an error of the run, before the first value and after', async () => {
    await expect(rates(throwError(() => new Error('dial broken')))).rejects.toThrow('dial broken');
    await expect(
      rates(
        concat(
          timer(10),
          throwError(() => new Error('dial broken later')),
        ),
        1e6,
      ),
    ).rejects.toThrow('dial broken later');
  });

  it('the stream is let go of with the run, even while the first value is waited for', async () => {
    const dial = new Subject<number>();
    const waiting = train(smallSpec({ learningRate: dial })).subscribe();
    expect(dial.observed).toBe(true);
    await turnOfEventLoop(20);
    waiting.unsubscribe();
    expect(dial.observed).toBe(false);
    const first = new BehaviorSubject(0.1);
    await collected(train(smallSpec({ learningRate: first })));
    expect(first.observed).toBe(false);
    const never = train(smallSpec({ learningRate: NEVER })).subscribe();
    never.unsubscribe();
  });

  it.each([-1, Number.POSITIVE_INFINITY, Number.NaN])(
    'a function that gives %f is an error that names the step',
    async (bad) => {
      await expect(rates(({ step }) => (step === 2 ? bad : 0.1))).rejects.toThrow(
        `train: the learning rate of step 2 is ${bad}: expected a finite number of at least 0`,
      );
    },
  );

  it('a function that throws is an error of the run', async () => {
    await expect(
      rates(() => {
        throw new Error('no rate today');
      }),
    ).rejects.toThrow('no rate today');
  });

  it('`until` is not asked while a schedule has something to do', async () => {
    let asked = 0;
    let at = 0;
    const schedule = {
      name: 'busy until step 5',
      start: () => ({
        next: ({ step }: { step: number }) => {
          at = step;
          return 0.1;
        },
        get settled() {
          return at >= 5;
        },
      }),
    };
    const rows = await collected(
      train(
        smallSpec({
          learningRate: schedule,
          until: () => {
            asked++;
            return true;
          },
        }),
      ),
    );
    expect(rows.at(-1)!.step).toBe(5);
    expect(asked).toBe(1);
  });
});
