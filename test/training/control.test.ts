import { from, of, Subject, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TrainingStep } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { collected, smallSpec, turnOfEventLoop, until } from './smallRun.ts';

/** Starts a run whose control is at hand; `at` is called with each row. */
function controlled(changes: Partial<TrainingSpec>, at: (row: TrainingStep, say: (m: unknown) => void) => void) {
  const control$ = new Subject<ControlMessage>();
  const rows: TrainingStep[] = [];
  const say = (message: unknown) => control$.next(message as ControlMessage);
  const finished = collected(
    train(smallSpec(changes), { control$ }).pipe(
      tap((row) => {
        rows.push(row);
        at(row, say);
      }),
    ),
  );
  return { rows, say, finished, control$ };
}

describe('control of a run', () => {
  it('pause stops the rows, resume continues with the next and nothing is different for it', async () => {
    const { rows, say, finished } = controlled({}, ({ step }, control) => step === 3 && control({ type: 'pause' }));
    await until(() => rows.length === 4);
    await turnOfEventLoop(30);
    expect(rows.length).toBe(4);
    say({ type: 'pause' });
    await turnOfEventLoop(20);
    expect(rows.length).toBe(4);
    say({ type: 'resume' });
    await finished;
    const losses = rows.map(({ loss }) => loss);
    expect(losses).toEqual((await collected(train(smallSpec()))).map(({ loss }) => loss));
  });

  it('resume and pause in one breath pauses again', async () => {
    const { rows, say, finished } = controlled({}, ({ step }, control) => step === 3 && control({ type: 'pause' }));
    await until(() => rows.length === 4);
    // Past the row, into the wait.
    await turnOfEventLoop(5);
    say({ type: 'resume' });
    say({ type: 'pause' });
    await turnOfEventLoop(30);
    expect(rows.length).toBe(4);
    say({ type: 'resume' });
    await finished;
    expect(rows.length).toBe(11);
  });

  it('stop ends the run after the step in progress, and while paused too', async () => {
    const running = controlled({ steps: 1e6 }, ({ step }, control) => step === 3 && control({ type: 'stop' }));
    await running.finished;
    expect(running.rows.at(-1)!.step).toBe(3);
    const paused = controlled({ steps: 1e6 }, ({ step }, control) => step === 3 && control({ type: 'pause' }));
    await until(() => paused.rows.length === 4);
    await turnOfEventLoop(5);
    paused.say({ type: 'stop' });
    await paused.finished;
    expect(paused.rows.at(-1)!.step).toBeLessThanOrEqual(4);
    paused.say({ type: 'resume' });
  });

  it('pause and stop said before the first step', async () => {
    const rows = await collected(
      train(smallSpec(), { control$: from<ControlMessage[]>([{ type: 'pause' }, { type: 'stop' }]) }),
    );
    expect(rows.map(({ step }) => step)).toEqual([0]);
  });

  it('setLearningRate counts from the next step on, over any source', async () => {
    for (const learningRate of [0.5, ({ step }: { step: number }) => step, of(0.75)]) {
      const { rows, finished } = controlled(
        { learningRate: learningRate as TrainingSpec['learningRate'], steps: 5 },
        ({ step }, control) => step === 2 && control({ type: 'setLearningRate', value: 0.0625 }),
      );
      await finished;
      expect(rows.slice(3).map((row) => row.learningRate)).toEqual([0.0625, 0.0625, 0.0625]);
      expect(rows[2]!.learningRate).not.toBe(0.0625);
    }
  });

  it.each([
    null,
    'pause',
    {},
    { type: 'explode' },
    { type: 'setLearningRate' },
    { type: 'setLearningRate', value: -1 },
    { type: 'setLearningRate', value: Number.NaN },
    { type: 'pause', more: 1 },
  ])('a malformed message %j is an error of the run that shows it', async (message) => {
    const { finished } = controlled({ steps: 1e6 }, ({ step }, control) => step === 2 && control(message));
    await expect(finished).rejects.toThrow(`train: control message ${JSON.stringify(message)}: expected pause, resume`);
    await expect(finished).rejects.toBeInstanceOf(TypeError);
  });

  it('an error of the control stream is an error of the run; its completion is nothing', async () => {
    await expect(
      collected(train(smallSpec(), { control$: throwError(() => new Error('control lost')) })),
    ).rejects.toThrow('control lost');
    const { rows, finished, control$ } = controlled({}, ({ step }) => step === 2 && control$.complete());
    await finished;
    expect(rows.length).toBe(11);
  });

  it('the control stream is let go of with the run', async () => {
    const { finished, control$ } = controlled({}, () => {});
    expect(control$.observed).toBe(true);
    await finished;
    expect(control$.observed).toBe(false);
  });
});
