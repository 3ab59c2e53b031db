import { from, lastValueFrom, type Observable, type OperatorFunction, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { eventGroups, leafColumns } from '../../src/columns.ts';
import { divergence } from '../../src/operators/divergence.ts';
import { type EvaluatedRow, phaseTransitions } from '../../src/operators/phaseTransitions.ts';
import { plateau } from '../../src/operators/plateau.ts';
import { NameTakenError } from '../../src/run.ts';
import type { LossRow, Row } from '../../src/step.ts';
import { accuracyTrace } from '../../src/testing/accuracyTrace.ts';

function collected<In extends Row, Out>(rows: readonly In[], operator: OperatorFunction<In, Out>): Promise<Out[]> {
  return lastValueFrom((from(rows) as Observable<In>).pipe(operator, toArray()));
}

const losses = (values: readonly number[]): LossRow[] => values.map((loss, step) => ({ step, loss }));

/** A run that groks at continuous time 3000, evaluated at every second row. */
function grokkingRows(): EvaluatedRow[] {
  const { times, train, test } = accuracyTrace({
    kind: 'grokking',
    from: 0.1,
    to: 1e5,
    perDecade: 24,
    jitter: 0.2,
    memorised: 10,
    start: 0.1,
    moves: [{ midpoint: 3000, width: 1, amount: 0.88 }],
    samples: 1000,
    seed: 1,
  });
  return times.flatMap((time, i): EvaluatedRow[] => [
    {
      step: 2 * i,
      time,
      evaluation: { trainLoss: 1, testLoss: 1, trainAccuracy: train[i]!, testAccuracy: test[i]! },
    },
    {
      step: 2 * i + 1,
      time: 1.001 * time,
      evaluation: { trainLoss: null, testLoss: null, trainAccuracy: null, testAccuracy: null },
    },
  ]);
}

describe('divergence()', () => {
  it('says when the loss has blown up, and describes what it says', async () => {
    const rows = await collected(losses([1, 0.9, Number.NaN, 0.8]), divergence());
    expect(rows.map((row) => row.divergence.diverged)).toEqual([false, false, true, false]);
    expect(rows.map((row) => row.divergence.event?.state)).toEqual([undefined, undefined, 'open', 'closed']);
    expect(rows[2]!.divergence.event).toMatchObject({ begin: 2, confirmedAt: 2, reason: 'not finite' });
    const described = eventGroups(rows[0]!.run!.columns)[0]!.group.columns.map(({ name }) => name);
    expect(described).toEqual(Object.keys(rows[2]!.divergence.event!));
  });

  it('watches another series under another name, and starts anew for each subscriber', async () => {
    const operator = divergence({ as: 'lost', of: (row) => (row as LossRow & { test: number }).test });
    const rows = () => losses([1, 1, 1]).map((row) => ({ ...row, test: row.step === 2 ? Infinity : 1 }));
    for (const found of [await collected(rows(), operator), await collected(rows(), operator)]) {
      expect(found.map((row) => row.lost.diverged)).toEqual([false, false, true]);
    }
  });
});

describe('plateau()', () => {
  it('opens and closes', async () => {
    const values = Array.from({ length: 400 }, (_, t) => Math.exp(-0.05 * (t < 50 ? t : t < 300 ? 50 : t - 250)));
    const rows = await collected(losses(values), plateau({ patience: 100 }));
    const events = rows.flatMap((row) => row.plateau.event ?? []);
    expect(events.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(rows[events[0]!.confirmedAt]!.plateau.open).toBe(true);
    expect(rows.at(-1)!.plateau.open).toBe(false);
    const described = eventGroups(rows[0]!.run!.columns)[0]!.group.columns.map(({ name }) => name);
    expect(described).toEqual(Object.keys(events[0]!));
  });

  it('refuses bad options at once, and a name taken twice with the first row', async () => {
    expect(() => plateau({ patience: 0 })).toThrow('patience is 0');
    expect(() => divergence({ ratio: 1 })).toThrow('ratio is 1');
    expect(() => phaseTransitions({ change: 7 })).toThrow('change is 7');
    const twice = (source: Observable<LossRow>) => source.pipe(plateau(), plateau());
    await expect(collected(losses([1]), twice)).rejects.toThrow(NameTakenError);
  });
});

describe('phaseTransitions()', () => {
  it('finds grokking in what evaluate() has left, whatever its cadence', async () => {
    const rows = await collected(grokkingRows(), phaseTransitions());
    const events = rows.flatMap((row) => row.phaseTransitions.event ?? []);
    expect(events.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(events[1]).toMatchObject({ class: 'grokking' });
    expect(Math.log(events[1]!.t50! / 3000)).toBeCloseTo(0, 1);
    expect(rows.at(-1)!.phaseTransitions.memorised! / 10).toBeCloseTo(1, 0);
    expect(rows[0]!.phaseTransitions).toEqual({ memorised: null, open: false, event: null });
    const columns = rows[0]!.run!.columns;
    expect(eventGroups(columns)[0]!.group.columns.map(({ name }) => name)).toEqual(Object.keys(events[1]!));
    expect(leafColumns(columns).map(({ path }) => path.join('.'))).toContain('phaseTransitions.memorised');
  });

  it('takes its series from where it is told', async () => {
    interface Own extends Row {
      readonly tau: number;
      readonly fit: number;
      readonly risk: number;
    }
    const rows = grokkingRows()
      .filter(({ evaluation }) => evaluation.testAccuracy !== null)
      .map(({ step, time, evaluation: { trainAccuracy, testAccuracy } }): Own => {
        return { step, tau: time, fit: 1.001 - trainAccuracy!, risk: 50 * Math.exp(-5 * testAccuracy!) };
      });
    const found = await collected(
      rows,
      phaseTransitions({
        as: 'late',
        test: 'loss',
        train: 'loss',
        of: { time: (row: Own) => row.tau, train: (row: Own) => row.fit, test: (row: Own) => row.risk },
      }),
    );
    expect(found.flatMap((row) => row.late.event ?? []).at(-1)).toMatchObject({ class: 'grokking' });
  });

  it('says what is missing', async () => {
    await expect(collected(losses([1]) as never[], phaseTransitions())).rejects.toThrow('put evaluate() before');
    const noClasses = grokkingRows().map((row) => ({
      ...row,
      evaluation: { trainLoss: 1, testLoss: 1, trainAccuracy: null, testAccuracy: null },
    }));
    await expect(collected(noClasses, phaseTransitions())).rejects.toThrow("give train: 'loss'");
    expect(await collected(noClasses.slice(0, 5), phaseTransitions({ test: 'loss', train: 'loss' }))).toHaveLength(5);
    const timeless = grokkingRows().map(({ time: _, ...row }) => row);
    await expect(collected(timeless as never[], phaseTransitions())).rejects.toThrow('the row has no time');
  });
});
