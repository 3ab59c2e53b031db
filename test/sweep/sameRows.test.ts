import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { filter, lastValueFrom, map, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { type Row, snapshot } from '../../src/step.ts';
import type { Job, SweepEvent } from '../../src/sweep/index.ts';
import { compiled, trainings } from './compiledSweep.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-same-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Twelve steps of the catapults pipeline: batches of numbers, groups, nulls. */
const catapults = (seed: number, fields: Partial<Job> = {}): Job => ({
  name: `seed ${seed}`,
  module: 'onager/pipelines',
  export: 'catapultsPipeline',
  parameters: { size: 'small', width: 32, samples: 40, catapults: 1, steps: 12, seed, backend: 'wasm' },
  ...fields,
});

function recorded(events: readonly SweepEvent[], run: number): object[] {
  return events.flatMap((event) => (event.kind === 'row' && event.run === run ? [withoutSeconds(event.row)] : []));
}

function withoutSeconds(row: Row): object {
  const { seconds: _seconds, ...others } = snapshot(row) as Row & { seconds?: number };
  return others;
}

describe('the same job', () => {
  it('gives the same rows in a worker as in this thread, to the last bit, and the same result', async () => {
    const jobs = [0, 1].map((seed) => catapults(seed));
    const here = await lastValueFrom(compiled.sweep(jobs, { workers: 0 }).pipe(toArray()));
    const there = await lastValueFrom(compiled.sweep(jobs, { workers: 2 }).pipe(toArray()));
    for (const run of [0, 1]) {
      expect(recorded(there, run)).toHaveLength(13);
      expect(recorded(there, run)).toStrictEqual(recorded(here, run));
    }
    expect(recorded(there, 0)).not.toEqual(recorded(there, 1));
    const results = (events: readonly SweepEvent[]) =>
      events.flatMap((event) => {
        if (event.kind !== 'ended' || event.outcome.state !== 'finished') return [];
        const { seconds: _seconds, ...result } = event.outcome.result;
        return [[event.run, result] as const];
      });
    const byRun = (events: readonly SweepEvent[]) => results(events).sort(([a], [b]) => a - b);
    expect(byRun(there)).toHaveLength(2);
    expect(byRun(there)).toStrictEqual(byRun(here));
  });

  it('gives rows with the whole description of their columns: a sink here writes what one there does', async () => {
    const [there, here] = [join(folder, 'deep', 'there.arrows'), join(folder, 'here.arrows')];
    const rows = compiled.sweep([catapults(4, { file: there })], { workers: 1 }).pipe(
      filter((event) => event.kind === 'row'),
      map(({ row }) => row),
    );
    await lastValueFrom(rows.pipe(toArrow(here)));
    const [a, b] = [there, here].map((path) => tableFromIPC(readFileSync(path)));
    expect(a!.numRows).toBe(13);
    expect(b!.schema).toEqual(a!.schema);
    expect(b!.toArray().map(String)).toEqual(a!.toArray().map(String));
  });

  it('can be a function that gives a training spec', async () => {
    const jobs = [5, 5].map((seed) => ({ name: 'spec', module: trainings, export: 'spec', parameters: { seed } }));
    const events = await lastValueFrom(compiled.sweep(jobs, { workers: 1 }).pipe(toArray()));
    expect(recorded(events, 0)).toHaveLength(5);
    expect(recorded(events, 1)).toStrictEqual(recorded(events, 0));
    expect(events.at(-1)).toMatchObject({ outcome: { state: 'finished', result: { step: 4, learningRate: 0.5 } } });
  });
});
