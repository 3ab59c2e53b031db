import { from, map, NEVER, type Observable, Subject, Subscriber, take, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { annotator } from '../../src/operators/annotator.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Task } from '../../src/tasks/task.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { collected, leavesNoTensor, smallSpec, turnOfEventLoop, until } from './smallRun.ts';

/** Everything that computes tensors: small batches, momentum, all the annotators. */
function busy(changes: Partial<TrainingSpec> = {}, control$?: Subject<ControlMessage>) {
  const spec = smallSpec({
    batchSize: 5,
    steps: 1e6,
    learningRate: 0.01,
    optimizer: gradientDescent({ momentum: 0.5 }),
    ...changes,
  });
  return train(spec, control$ === undefined ? {} : { control$ }).pipe(
    tangentKernel(),
    eigenspace({ rank: 2 }),
    agopAlignment(),
    evaluate(),
    spikes(),
    catapults(),
  );
}

/** Subscribes and unsubscribes once `enough` steps have come. */
async function subscribedFor(rows: Observable<unknown>, milliseconds: number): Promise<void> {
  const subscription = rows.subscribe();
  await turnOfEventLoop(milliseconds);
  subscription.unsubscribe();
}

describe('a run leaves no tensor behind', () => {
  it('when it completes', () => leavesNoTensor(() => collected(busy({ steps: 12 }))));

  it('when full batches, several outputs or cross-entropy are trained', () =>
    leavesNoTensor(async () => {
      const classes: Task = {
        name: 'classes',
        classes: 'largest',
        description: null,
        data: () => {
          const set = {
            inputs: Float32Array.of(1, 0, 0, 1, 1, 1),
            targets: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
            size: 3,
            dimension: 2,
            outputs: 3,
          };
          return { train: set, test: set };
        },
      };
      const spec = smallSpec({ task: classes, loss: 'crossEntropy' });
      const rows = await collected(train(spec).pipe(tangentKernel(), evaluate()));
      expect(rows.length).toBe(11);
      expect(rows.at(-1)!.loss).toBeLessThan(rows[0]!.loss);
    }));

  it('when it is unsubscribed from between steps', () => leavesNoTensor(() => subscribedFor(busy(), 60)));

  it('when it is unsubscribed from before the backend is there, and at once', () =>
    leavesNoTensor(async () => {
      busy().subscribe().unsubscribe();
      await turnOfEventLoop();
      await subscribedFor(busy(), 0);
    }));

  it('when it is unsubscribed from inside next', () =>
    leavesNoTensor(async () => {
      let seen = 0;
      const subscription = busy().subscribe(({ step }) => {
        seen++;
        if (step === 3) subscription.unsubscribe();
      });
      await until(() => seen === 4);
      await turnOfEventLoop(20);
      expect(seen).toBe(4);
    }));

  it.each([1, 2, 5])('when take(%i) has had enough', (count) =>
    leavesNoTensor(async () => {
      expect((await collected(busy().pipe(take(count)))).length).toBe(count);
    }),
  );

  it('when it is unsubscribed from while paused', () =>
    leavesNoTensor(async () => {
      const control$ = new Subject<ControlMessage>();
      let last = -1;
      const subscription = busy({}, control$).subscribe(({ step }) => {
        last = step;
        if (step === 2) control$.next({ type: 'pause' });
      });
      await until(() => last === 2);
      await turnOfEventLoop(20);
      expect(last).toBe(2);
      subscription.unsubscribe();
    }));

  it('when it is unsubscribed from while a row is held, released later or never', () =>
    leavesNoTensor(async () => {
      for (const released of [true, false]) {
        let release: (() => void) | undefined;
        const subscription = busy().subscribe((row) => {
          release = row.hold();
        });
        await until(() => release !== undefined);
        await turnOfEventLoop(5);
        subscription.unsubscribe();
        if (released) release!();
        await turnOfEventLoop();
      }
    }));

  it('when it is unsubscribed from while the first learning rate, or a promise of one, is waited for', () =>
    leavesNoTensor(async () => {
      await subscribedFor(busy({ learningRate: NEVER }), 40);
      await subscribedFor(busy({ learningRate: () => new Promise<number>(() => {}) }), 40);
      await subscribedFor(busy({ until: () => new Promise<boolean>(() => {}) }), 40);
    }));

  it('when it is unsubscribed from while a measure is under way', () =>
    leavesNoTensor(async () => {
      const slow = annotator({
        name: 'slow',
        meaning: 'a promise',
        columns: [],
        start: () => async () => {
          await turnOfEventLoop(50);
          return {};
        },
      });
      await subscribedFor(busy().pipe(slow), 40);
      await turnOfEventLoop(60);
    }));

  it('when an operator throws, at the first row and later', () =>
    leavesNoTensor(async () => {
      for (const at of [0, 3]) {
        const failing = busy().pipe(
          map((row) => {
            if (row.step === at) throw new Error('operator broken');
            return row;
          }),
        );
        await expect(collected(failing)).rejects.toThrow('operator broken');
      }
      const measure = annotator({
        name: 'broken',
        meaning: 'a measure that throws',
        columns: [],
        start: () => () => Promise.reject(new Error('measure broken')),
      });
      await expect(collected(busy().pipe(measure))).rejects.toThrow('measure broken');
    }));

  it('when learning rate, until, control, task or optimizer fail', () =>
    leavesNoTensor(async () => {
      const fail = (): never => {
        throw new Error('broken');
      };
      const broken: Partial<TrainingSpec>[] = [
        { learningRate: throwError(() => new Error('broken')) },
        { learningRate: ({ step }) => (step === 2 ? fail() : 0.01) },
        { learningRate: async ({ step }) => (step === 2 ? fail() : 0.01) },
        { until: ({ step }) => step === 2 && fail() },
        { until: async ({ step }) => step === 2 && fail() },
        { task: { ...smallSpec().task, data: fail } },
        { model: { ...smallSpec().model, build: fail } },
        {
          optimizer: {
            ...gradientDescent(),
            start: (run) => Object.assign(gradientDescent().start(run), { update: fail }),
          },
        },
        { optimizer: { ...gradientDescent(), start: fail } },
      ];
      for (const changes of broken) await expect(collected(busy(changes))).rejects.toThrow('broken');
      const control$ = new Subject<ControlMessage>();
      const controlled = collected(busy({}, control$));
      timer(30).subscribe(() => control$.error(new Error('broken')));
      await expect(controlled).rejects.toThrow('broken');
    }));

  it('when its loss is no longer finite', () =>
    leavesNoTensor(async () => {
      const rows = await collected(busy({ learningRate: 1e6 }));
      expect(Number.isFinite(rows.at(-1)!.loss)).toBe(false);
      expect(rows.length).toBeLessThan(50);
    }));

  it('when its subscriber was closed before it came', () =>
    leavesNoTensor(async () => {
      const closed = new Subscriber<unknown>();
      closed.unsubscribe();
      busy().subscribe(closed);
      await turnOfEventLoop(30);
    }));
});

describe('a run and the event loop', () => {
  it('lets timers and immediates have their turn at least every 20 ms', async () => {
    // Time on the processor, so that the neighbours of this process do not count.
    const busyFor = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
    let last = busyFor();
    const gaps: number[] = [];
    const turns = setInterval(() => {
      const now = busyFor();
      gaps.push(now - last);
      last = now;
    }, 1);
    const started = performance.now();
    await collected(
      train(smallSpec({ steps: 1e6, until: () => performance.now() - started > 500 })).pipe(tangentKernel()),
    );
    clearInterval(turns);
    gaps.sort((a, b) => a - b);
    expect(gaps.length).toBeGreaterThan(10);
    // The compiler and the garbage collector run on the same clock: one turn in ten may be theirs.
    expect(gaps[Math.floor(gaps.length * 0.9)]).toBeLessThan(20);
  });

  it('does nothing before the subscription, nor synchronously in it', async () => {
    let seen = 0;
    const rows = train(smallSpec({ steps: 2 })).pipe(tap(() => seen++));
    await turnOfEventLoop(20);
    expect(seen).toBe(0);
    const finished = collected(rows);
    expect(seen).toBe(0);
    await finished;
    expect(seen).toBe(3);
  });
});

describe('rows from elsewhere', () => {
  it('a closed subscriber is no error to an annotator', () => {
    const closed = new Subscriber<unknown>();
    closed.unsubscribe();
    expect(() =>
      from([{ step: 0, loss: 1 }])
        .pipe(spikes())
        .subscribe(closed),
    ).not.toThrow();
  });
});
