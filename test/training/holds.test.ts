import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { annotator } from '../../src/operators/annotator.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { ProbeExpiredError, type SymmetricMatrix } from '../../src/probe.ts';
import { snapshot, type TrainingStep } from '../../src/step.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { collected, smallSpec, turnOfEventLoop, until } from './smallRun.ts';

describe('the probe of a step', () => {
  it('answers during delivery and says what is wrong afterwards, for every lens and quantity', async () => {
    for (const batchSize of [12, 5]) {
      const rows = await collected(
        train(smallSpec({ steps: 3, batchSize })).pipe(tap(({ probe }) => void probe.batch.tangentKernel())),
      );
      for (const { probe, step } of rows) {
        for (const lens of [probe.batch, probe.train, probe.test]) {
          for (const ask of [
            () => lens.loss(),
            () => lens.predictions(),
            () => lens.accuracy(),
            () => lens.tangentKernel(),
            () => lens.outputSummedTangentKernel(),
            () => lens.tangentKernelEigenpairs(1),
            () => lens.lossSplit(1),
            () => lens.riseShare(new Float32Array(12), 2),
            () => lens.criticalLearningRate(),
            () => lens.agop(),
            () => lens.agopAlignment(),
          ]) {
            expect(ask).toThrow(ProbeExpiredError);
            expect(ask).toThrow(`the probe of step ${step} was used after its delivery`);
          }
        }
      }
    }
  });

  it('a kept row keeps its fields', async () => {
    const copies: unknown[] = [];
    const rows = await collected(
      train(smallSpec({ steps: 4 })).pipe(
        tangentKernel(),
        tap((row) => copies.push(snapshot(row))),
      ),
    );
    expect(rows.map((row) => snapshot(row))).toEqual(copies);
  });

  it('computes a quantity once, however many ask', async () => {
    await collected(
      train(smallSpec({ steps: 1 })).pipe(
        tap(({ probe }) => {
          expect(probe.train).toBe(probe.batch);
          expect(probe.batch.tangentKernel()).toBe(probe.batch.tangentKernel());
          expect(probe.test.predictions()).toBe(probe.test.predictions());
          const before = tf.memory().numTensors;
          void probe.batch.tangentKernel();
          expect(tf.memory().numTensors).toBe(before);
        }),
      ),
    );
  });

  it('of a small batch and of the whole training set are two', async () => {
    await collected(
      train(smallSpec({ steps: 2, batchSize: 11 })).pipe(
        tap(({ probe, loss }) => {
          expect((probe.batch.tangentKernel() as SymmetricMatrix).order).toBe(11);
          expect((probe.train.tangentKernel() as SymmetricMatrix).order).toBe(12);
          expect(probe.batch.loss()).toBe(loss);
          expect(probe.train.loss()).not.toBe(loss);
        }),
      ),
    );
  });

  it('exactly wanted eigenpairs are exact also where others are only estimated', async () => {
    await collected(
      train(smallSpec({ steps: 5 })).pipe(
        tap(({ probe }) => {
          void probe.batch.riseShare(new Float32Array(12), 4);
          const pairs = probe.batch.tangentKernelEigenpairs(1);
          expect((pairs as { residual: number }).residual).toBeLessThanOrEqual(3e-7);
        }),
      ),
    );
  });
});

describe('a held row', () => {
  it('keeps the trainer from its next step, and the tensors, until every hold is released', async () => {
    await useBackend(backendUnderTest);
    const rows: TrainingStep[] = [];
    const releases: (() => void)[] = [];
    const finished = collected(
      train(smallSpec({ steps: 3 })).pipe(
        tap((row) => {
          rows.push(row);
          if (row.step === 1) releases.push(row.hold(), row.hold());
        }),
      ),
    );
    await until(() => rows.length === 2);
    await turnOfEventLoop(30);
    expect(rows.length).toBe(2);
    expect((rows[1]!.probe.batch.tangentKernel() as SymmetricMatrix).order).toBe(12);
    releases[0]!();
    releases[0]!();
    await turnOfEventLoop(20);
    expect(rows.length).toBe(2);
    expect((rows[1]!.probe.test.loss() as number) > 0).toBe(true);
    expect(() => rows[0]!.probe.batch.loss()).toThrow(ProbeExpiredError);
    releases[1]!();
    await finished;
    expect(rows.length).toBe(4);
    expect(() => rows[1]!.probe.batch.loss()).toThrow(ProbeExpiredError);
  });

  it('released before its delivery is over is no hold', async () => {
    const rows = await collected(train(smallSpec({ steps: 3 })).pipe(tap((row) => row.hold()())));
    expect(rows.length).toBe(4);
  });

  it('the last row, held, holds back completion', async () => {
    let release: (() => void) | undefined;
    let complete = false;
    train(smallSpec({ steps: 1 })).subscribe({
      next: (row) => {
        if (row.step === 1) release = row.hold();
      },
      complete: () => {
        complete = true;
      },
    });
    await until(() => release !== undefined);
    await turnOfEventLoop(20);
    expect(complete).toBe(false);
    release!();
    await until(() => complete);
  });
});

/** Measures the kernel's trace and top eigenvalue; at the steps in `late`, by a promise after some turns. */
function trace(name: string, late: ReadonlySet<number>, turns: number) {
  return annotator<TrainingStep, string, { readonly trace: number }>({
    name,
    meaning: 'trace of the tangent kernel',
    columns: [],
    start: () => (row) => {
      const measured = () => {
        const { values, order } = row.probe.batch.tangentKernel() as SymmetricMatrix;
        let sum = 0;
        for (let i = 0; i < order; i++) sum += values[i * order + i]!;
        return { trace: sum };
      };
      if (!late.has(row.step)) return measured();
      return (async () => {
        for (let turn = 0; turn < turns; turn++) await (turn % 2 === 0 ? Promise.resolve() : turnOfEventLoop());
        return measured();
      })();
    },
  });
}

describe('measures that come later', () => {
  it('give the same rows in the same order as those that come at once', async () => {
    const spec = smallSpec({ steps: 8, batchSize: 5 });
    const none = new Set<number>();
    const expected = await collected(train(spec).pipe(trace('a', none, 0), trace('b', none, 0)));
    // Everything but the time on the wall.
    const plain = (row: object) => ({ ...row, seconds: 0 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 8 })),
        fc.uniqueArray(fc.nat({ max: 8 })),
        fc.nat({ max: 3 }),
        async (first, second, turns) => {
          const rows = await collected(
            train(spec).pipe(trace('a', new Set(first), turns), trace('b', new Set(second), turns)),
          );
          expect(rows.map((row) => plain(snapshot(row)))).toEqual(expected.map((row) => plain(snapshot(row))));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are let go of by take', async () => {
    const rows = await collected(train(smallSpec({ steps: 1e6 })).pipe(trace('a', new Set([0, 1, 2]), 3), take(2)));
    expect(rows.map(({ step }) => step)).toEqual([0, 1]);
  });
});
