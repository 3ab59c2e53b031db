import fc from 'fast-check';
import { concat, from, lastValueFrom, type Observable, of, Subject, take, throwError, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { isGroup } from '../../src/columns.ts';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { annotator } from '../../src/operators/annotator.ts';
import { every } from '../../src/operators/cadence.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { UndefinedProbeError } from '../../src/probe.ts';
import { NameTakenError } from '../../src/run.ts';
import { type Row, snapshot } from '../../src/step.ts';
import type { Task } from '../../src/tasks/task.ts';
import { train } from '../../src/training/train.ts';
import { collected, smallSpec } from '../training/smallRun.ts';

/** `steps` rows from elsewhere, without run or probe. */
function plainRows(count: number) {
  return Array.from({ length: count }, (_, step) => ({ step, loss: 1 / (step + 1) }));
}

/** Squares the step; at steps in `late` by a promise that settles after some microtasks. */
function square(name: string, late: ReadonlySet<number> = new Set()) {
  return annotator<Row, string, { readonly square: number }>({
    name,
    meaning: 'square of the step',
    columns: [{ name: 'square', type: 'float64', unit: '1', meaning: 'square of the step' }],
    start: () => (row) => {
      const fields = { square: row.step ** 2 };
      if (!late.has(row.step)) return fields;
      return (async () => {
        for (let turn = 0; turn < row.step % 4; turn++) await Promise.resolve();
        return fields;
      })();
    },
  });
}

const withoutTruth: Task = {
  ...smallSpec().task,
  name: 'no truth',
  data: async (seed) => {
    const { train: set, test } = await smallSpec().task.data(seed);
    return { train: set, test };
  },
};

describe('annotators', () => {
  it('pass the same row on, with their group assigned', async () => {
    const rows = plainRows(4);
    const out = await collected(from(rows).pipe(square('a'), square('b')));
    out.forEach((row, index) => {
      expect(row).toBe(rows[index]);
      expect(row).toMatchObject({ a: { square: index ** 2 }, b: { square: index ** 2 } });
    });
  });

  it('a name taken twice is an error of the stream with the first row, and `as` is the way out', async () => {
    const twice = train(smallSpec()).pipe(spikes(), spikes());
    await expect(collected(twice)).rejects.toBeInstanceOf(NameTakenError);
    await expect(collected(twice)).rejects.toThrow("the rows already have a field 'spikes'");
    await expect(collected(train(smallSpec()).pipe(square('loss')))).rejects.toBeInstanceOf(NameTakenError);
    await expect(collected(from(plainRows(2)).pipe(square('loss')))).rejects.toBeInstanceOf(NameTakenError);
    const both = train(smallSpec({ steps: 2 })).pipe(spikes(), spikes({ as: 'again' }));
    for (const row of await collected(both)) expect(row.again).toEqual(row.spikes);
    // Each subscription is a run of its own: the names are free again.
    expect((await collected(both)).length).toBe(3);
  });

  it('declare their columns with the first row, in the order of the pipe', async () => {
    const declared: string[][] = [];
    const rows = train(smallSpec({ steps: 1 })).pipe(
      tangentKernel(),
      eigenspace({ cadence: every(2) }),
      evaluate({ as: 'eval', cadence: every(1) }),
      agopAlignment(),
      spikes(),
      catapults(),
    );
    await lastValueFrom(rows.pipe(take(1))).then(({ run }) => declared.push(run.columns.map(({ name }) => name)));
    expect(declared[0]!.slice(6)).toEqual([
      'tangentKernel',
      'eigenspace',
      'eval',
      'agopAlignment',
      'spikes',
      'catapults',
    ]);
    for (const row of await collected(rows)) {
      for (const group of row.run.columns.filter(isGroup)) {
        const fields = (row as unknown as Record<string, Record<string, unknown>>)[group.name]!;
        expect(Object.keys(fields)).toEqual(group.columns.map(({ name }) => name));
        for (const column of group.columns) {
          if (isGroup(column)) continue;
          const value = fields[column.name];
          if (value === null) expect(column.nullable).toBe(true);
          else
            expect(typeof value).toBe(
              { float64: 'number', int32: 'number', bool: 'boolean', utf8: 'string' }[column.type],
            );
        }
      }
    }
  });

  it('with a cadence every field is null in between, and every column is nullable', async () => {
    const rows = await collected(
      train(smallSpec({ steps: 6 })).pipe(
        tangentKernel({ cadence: every(3) }),
        eigenspace({ cadence: every(2) }),
        evaluate({ cadence: every(4) }),
        agopAlignment({ cadence: every(5) }),
      ),
    );
    const computed = (value: number | null) => value !== null;
    expect(rows.map((row) => computed(row.tangentKernel.lambdaMax))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(rows.map((row) => computed(row.eigenspace.lossTop))).toEqual([true, false, true, false, true, false, true]);
    expect(rows.map((row) => computed(row.evaluation.testLoss))).toEqual([
      true,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(rows.map((row) => computed(row.agopAlignment.alignment))).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(rows[1]!.tangentKernel).toEqual({ lambdaMax: null, criticalLearningRate: null, learningRateRatio: null });
    for (const group of rows[0]!.run.columns.filter(isGroup)) {
      expect(group.columns.every(({ nullable }) => nullable === true)).toBe(true);
    }
    // What is computed is the same as without a cadence.
    const all = await collected(train(smallSpec({ steps: 6 })).pipe(tangentKernel()));
    // A warm start from another step finds the same eigenvalue to the solver's tolerance.
    expect(rows[3]!.tangentKernel.lambdaMax! / all[3]!.tangentKernel.lambdaMax).toBeCloseTo(1, 6);
  });

  it('types flow: numbers without a cadence, null in them with one', () => {
    const rows = train(smallSpec());
    type Fields<O> = O extends Observable<infer R> ? R : never;
    const plain = rows.pipe(
      tangentKernel(),
      eigenspace({ rank: 1 }),
      agopAlignment(),
      evaluate(),
      spikes(),
      catapults(),
    );
    expectTypeOf<Fields<typeof plain>['eigenspace']['lossTop']>().toEqualTypeOf<number>();
    expectTypeOf<Fields<typeof plain>['tangentKernel']['lambdaMax']>().toEqualTypeOf<number>();
    expectTypeOf<Fields<typeof plain>['agopAlignment']['alignment']>().toEqualTypeOf<number>();
    expectTypeOf<Fields<typeof plain>['evaluation']['testAccuracy']>().toEqualTypeOf<number | null>();
    expectTypeOf<Fields<typeof plain>['loss']>().toEqualTypeOf<number>();
    const sparse = rows.pipe(eigenspace({ as: 'split', cadence: every(5) }), tangentKernel({ cadence: every(5) }));
    expectTypeOf<Fields<typeof sparse>['split']['lossTop']>().toEqualTypeOf<number | null>();
    expectTypeOf<Fields<typeof sparse>['tangentKernel']['learningRateRatio']>().toEqualTypeOf<number | null>();
    const elsewhere = from(plainRows(1)).pipe(spikes());
    expectTypeOf<Fields<typeof elsewhere>['spikes']>().toEqualTypeOf<SpikeFields>();
    // @ts-expect-error a bare row has no probe to ask
    void (() => from(plainRows(1)).pipe(eigenspace()));
    // @ts-expect-error catapults() goes after spikes()
    void (() => rows.pipe(catapults()));
  });

  it('a question without an answer is refused with the first row', async () => {
    const logistic = train(smallSpec({ loss: 'crossEntropy' })).pipe(eigenspace());
    await expect(collected(logistic)).rejects.toBeInstanceOf(UndefinedProbeError);
    await expect(collected(logistic)).rejects.toThrow('eigenspace: the split is defined for the square loss');
    const blind = train(smallSpec({ task: withoutTruth })).pipe(agopAlignment({ cadence: () => false }));
    await expect(collected(blind)).rejects.toBeInstanceOf(UndefinedProbeError);
    await expect(collected(blind)).rejects.toThrow("agopAlignment: task 'no truth' has no true function");
  });

  it.each([0, -1, 1.5, Number.NaN])('rank %f is refused at once', (rank) => {
    expect(() => eigenspace({ rank })).toThrow(`eigenspace: rank = ${rank}`);
    expect(() => catapults({ rank })).toThrow(`catapults: rank = ${rank}`);
  });

  it('promises keep the order, whatever source, and hold the rows that can be held', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 11 })),
        fc.uniqueArray(fc.nat({ max: 11 })),
        async (first, second) => {
          let held = 0;
          let holds = 0;
          const rows = plainRows(12).map((row) => ({
            ...row,
            hold() {
              held++;
              holds++;
              return () => void held--;
            },
          }));
          const out = await lastValueFrom(
            from(rows).pipe(square('a', new Set(first)), square('b', new Set(second)), toArray()),
          );
          expect(out.map(({ step }) => step)).toEqual(rows.map(({ step }) => step));
          for (const row of out)
            expect(row).toMatchObject({ a: { square: row.step ** 2 }, b: { square: row.step ** 2 } });
          await Promise.resolve();
          expect(held).toBe(0);
          expect(holds > 0).toBe(first.length + second.length > 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds are given back when nobody listens any more, or a measure fails', async () => {
    for (const end of ['unsubscribe', 'fail'] as const) {
      let held = 0;
      const source = new Subject<Row>();
      const settle: ((fail: boolean) => void)[] = [];
      const errors: unknown[] = [];
      const subscription = source
        .pipe(
          annotator<Row, 'slow', object>({
            name: 'slow',
            meaning: 'settles when told',
            columns: [],
            start: () => () =>
              new Promise((resolve, reject) => {
                settle.push((fail) => (fail ? reject(new Error('measure broken')) : resolve({})));
              }),
          }),
        )
        .subscribe({ error: (error) => errors.push(error) });
      for (let step = 0; step < 3; step++) {
        held++;
        let released = false;
        source.next({
          step,
          hold: () => () => {
            if (!released) held--;
            released = true;
          },
        });
      }
      if (end === 'unsubscribe') subscription.unsubscribe();
      settle[0]!(end === 'fail');
      await new Promise((resolve) => setTimeout(resolve));
      expect(held).toBe(0);
      expect(errors.length).toBe(end === 'fail' ? 1 : 0);
      expect(source.observed).toBe(false);
    }
  });

  it('rows that come while the waiting ones are passed on go behind them', async () => {
    const source = new Subject<Row>();
    const seen: number[] = [];
    source.pipe(square('a', new Set([0]))).subscribe(({ step }) => {
      seen.push(step);
      if (step === 1) {
        source.next({ step: 4 });
        source.complete();
      }
    });
    for (let step = 0; step < 4; step++) source.next({ step });
    await new Promise((resolve) => setTimeout(resolve));
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it.each(['a measure throws', 'nobody listens any more'])(
    'holds of waiting rows are given back when %s',
    async (end) => {
      let held = 0;
      const measured: number[] = [];
      const source = new Subject<Row>();
      const slowAtFirst = annotator<Row, 'slow', object>({
        name: 'slow',
        meaning: 'a promise at step 0, an error at step 2',
        columns: [],
        start: () => (row) => {
          measured.push(row.step);
          if (row.step === 2 && end === 'a measure throws') throw new Error('measure broken');
          return row.step === 0 ? Promise.resolve({}) : {};
        },
      });
      source.pipe(slowAtFirst, take(end === 'a measure throws' ? 10 : 2)).subscribe({ error: () => {} });
      for (let step = 0; step < 5; step++) {
        held++;
        let released = false;
        const release = () => {
          if (!released) held--;
          released = true;
        };
        source.next({ step, hold: () => release });
      }
      await new Promise((resolve) => setTimeout(resolve));
      expect(held).toBe(0);
      expect(measured).toEqual(end === 'a measure throws' ? [0, 1, 2] : [0, 1]);
      expect(source.observed).toBe(false);
    },
  );

  it('an error of the source and its completion pass through', async () => {
    const failing = concat(
      of({ step: 0, loss: 1 }),
      throwError(() => new Error('source broken')),
    );
    await expect(collected(failing.pipe(square('a')))).rejects.toThrow('source broken');
    expect(await collected(from([] as { step: number; loss: number }[]).pipe(square('a')))).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('is plain data: cloneable, JSON, deep, without the live parts', async () => {
    const rows = await collected(
      train(smallSpec({ steps: 3 })).pipe(tangentKernel(), eigenspace({ cadence: every(2) }), spikes(), catapults()),
    );
    for (const row of rows) {
      const copy = snapshot(row);
      expect(Object.keys(copy)).not.toContain('probe');
      expect(Object.keys(copy)).not.toContain('run');
      expect(structuredClone(copy)).toEqual(copy);
      expect(JSON.parse(JSON.stringify(copy))).toEqual(copy);
      expect(copy.tangentKernel).toEqual(row.tangentKernel);
      expect(copy.tangentKernel).not.toBe(row.tangentKernel);
      expect(copy.loss).toBe(row.loss);
    }
  });

  it('of a row from elsewhere', async () => {
    const [row] = await collected(from([{ step: 3, loss: Number.NaN, tags: ['a'] }]).pipe(spikes()));
    const copy = snapshot(row!);
    expect(copy).toMatchObject({ step: 3, loss: Number.NaN, tags: ['a'] });
    expect(copy.tags).not.toBe(row!.tags);
  });
});
