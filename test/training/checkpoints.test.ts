import { Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LossRow, TrainingStep } from '../../src/step.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { train } from '../../src/training/train.ts';
import { CheckpointsInMemory } from './resumableRun.ts';
import { collected, leavesNoTensor, smallSpec, turnOfEventLoop, until } from './smallRun.ts';

const losses = (rows: readonly LossRow[]) => rows.map(({ loss }) => loss);

describe('checkpoints of a run', () => {
  it('come every so many updates, and one at the end, after one more', async () => {
    const checkpoints: Checkpoint[] = [];
    await collected(
      train(smallSpec(), { checkpoints: { every: 4, put: (checkpoint) => void checkpoints.push(checkpoint) } }),
    );
    expect(checkpoints.map(({ step, beganAt }) => [step, beganAt])).toEqual([
      [4, 0],
      [8, 0],
      [11, 0],
    ]);
    expect(checkpoints[0]!.parameters.W1!.shape).toEqual([4, 8]);
  });

  it('are waited for: no row comes before one is safe', async () => {
    let safe = true;
    const put = async () => {
      safe = false;
      await turnOfEventLoop(5);
      safe = true;
    };
    const rows = await collected(
      train(smallSpec(), { checkpoints: { every: 3, put } }).pipe(tap(() => expect(safe).toBe(true))),
    );
    expect(rows.length).toBe(11);
  });

  it('are taken when asked for, also of a run that is paused, which stays so', async () => {
    const control$ = new Subject<ControlMessage>();
    const checkpoints = new CheckpointsInMemory();
    const rows: TrainingStep[] = [];
    const finished = collected(
      train(smallSpec(), { control$, checkpoints }).pipe(
        tap((row) => {
          rows.push(row);
          if (row.step === 2) control$.next({ type: 'checkpoint' });
          if (row.step === 5) control$.next({ type: 'pause' });
        }),
      ),
    );
    await until(() => rows.length === 6);
    await turnOfEventLoop(20);
    expect(checkpoints.files.length).toBe(1);
    expect(checkpoints.last!.step).toBe(3);
    control$.next({ type: 'checkpoint' });
    await until(() => checkpoints.files.length === 2);
    expect(checkpoints.last!.step).toBe(6);
    await turnOfEventLoop(20);
    expect(rows.length).toBe(6);
    control$.next({ type: 'resume' });
    await finished;
    const after = await collected(train(smallSpec(), { resume: checkpoints.last! }));
    expect(after).toEqual([]);
    expect(losses(rows)).toEqual(losses(await collected(train(smallSpec()))));
  });

  it('that are asked for and have no place to go are an error of the run', () =>
    leavesNoTensor(async () => {
      const control$ = new Subject<ControlMessage>();
      const rows = train(smallSpec(), { control$ }).pipe(
        tap(({ step }) => step === 2 && control$.next({ type: 'checkpoint' })),
      );
      await expect(collected(rows)).rejects.toThrow('expected a run with a place for checkpoints');
    }));

  it('that cannot be put away are an error of the run', () =>
    leavesNoTensor(async () => {
      const put = () => Promise.reject(new Error('no space left on the device'));
      await expect(collected(train(smallSpec(), { checkpoints: { every: 3, put } }))).rejects.toThrow('no space left');
    }));

  it('are not taken of a loss that is not finite', async () => {
    const checkpoints = new CheckpointsInMemory();
    const rows = await collected(train(smallSpec({ learningRate: 1e6, steps: 1000 }), { checkpoints }));
    expect(Number.isFinite(rows.at(-1)!.loss)).toBe(false);
    expect(checkpoints.files).toEqual([]);
  });

  it('leave no tensor behind, whoever leaves while one is on its way', () =>
    leavesNoTensor(async () => {
      for (const at of [0, 3]) {
        await new Promise<void>((resolve) => {
          const put = async () => {
            subscription.unsubscribe();
            await turnOfEventLoop(2);
            resolve();
          };
          const subscription = train(smallSpec(), { checkpoints: { every: at + 1, put } }).subscribe();
        });
      }
    }));

  it.each([
    [{ every: 0, put: () => {} }, 'train: checkpoints.every = 0'],
    [{ every: 1 }, 'train: checkpoints.put = undefined: expected a function'],
  ])('%j is refused at once', (checkpoints, message) => {
    expect(() => train(smallSpec(), { checkpoints: checkpoints as never })).toThrow(message);
  });
});
