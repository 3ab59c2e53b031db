import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { ArrowTable } from '../../sinks/dashboard/page/arrowTable.ts';
import type { GivenFile } from '../../sinks/dashboard/page/givenFiles.ts';
import { readRecording } from '../../sinks/dashboard/page/recording.ts';
import { recordingsIn } from '../../sinks/dashboard/page/recordings.ts';
import type { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import type { Column, ColumnDescription } from '../../src/columns.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import type { LossRow, Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { evidencedRows, temporaryDirectory } from '../sources/recordedRuns.ts';

const directory = temporaryDirectory();
let made = 0;
const newPath = (ending = '') => join(directory, `run-${made++}${ending}`);

const number = (name: string, unit: string): Column => ({ name, type: 'float64', unit, meaning: name });
const event = (name: string, unit: string): ColumnDescription => ({
  name,
  meaning: 'a report',
  role: 'event',
  nullable: true,
  columns: [number('begin', 'steps'), number('peak', unit)],
});
/** One event group within a group, and one that is a group of the run. */
const columns: readonly ColumnDescription[] = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
  event('plateau', 'loss'),
  { name: 'spikes', meaning: '', columns: [event('event', 'continuous time'), number('scatter', 'loss')] },
  { ...number('loss', 'loss'), nullable: true },
];
const anyReport = fc.option(fc.record({ begin: fc.integer({ min: 0, max: 99 }), peak: fc.double({ noNaN: false }) }));
const anyRows = fc.array(
  fc.record({
    plateau: anyReport,
    spikes: fc.record({ event: anyReport, scatter: fc.double() }),
    loss: fc.option(fc.double()),
  }),
  { minLength: 1, maxLength: 24 },
);

async function write(path: string, given: readonly object[], batchRows: number, name = 'a run'): Promise<string> {
  const run = new Run(name, columns);
  const rows = given.map((fields, step) => ({ run, step, ...fields }) as Row);
  await lastValueFrom(from(rows).pipe(toArrow(path, { batchRows, finishedBatchRows: batchRows })));
  return path;
}

/** As the page gets it. @param kept the share of its bytes that are left */
async function given(path: string, folder = '', kept = 1): Promise<GivenFile> {
  const bytes = await readFile(path);
  return { file: new File([bytes.subarray(0, Math.ceil(kept * bytes.length))], basename(path)), folder };
}

async function read(files: readonly GivenFile[]) {
  const { recordings, refused } = await recordingsIn(files);
  return { refused, runs: await Promise.all(recordings.map((recording) => readRecording(recording, () => {}))) };
}

const tablesOf = (folder: string) => [join(folder, 'steps.arrows'), join(folder, 'events.arrows')] as const;

function told(record: RunRecord) {
  const series = ['loss', 'spikes.scatter'].map((key) => {
    const { rows, y, length } = record.series(key)!;
    return [[...rows.subarray(0, length)], [...y.subarray(0, length)]];
  });
  const events = ['plateau', 'spikes.event'].map((wanted) => record.reports.filter(({ group }) => group === wanted));
  return { columns: record.hello.columns, rows: record.rows, series, events, count: record.reports.length };
}

describe('the recorded runs among files', () => {
  it('are the same from the two tables of a folder as from one file, in whatever order they come', () =>
    fc.assert(
      fc.asyncProperty(anyRows, fc.integer({ min: 1, max: 8 }), fc.boolean(), async (rows, batchRows, turned) => {
        const whole = await read([await given(await write(newPath('.arrows'), rows, batchRows))]);
        const [steps, events] = tablesOf(await write(newPath(), rows, batchRows));
        const tables = [await given(steps), await given(events)];
        const joined = await read(turned ? tables.reverse() : tables);
        expect(joined.refused).toEqual([]);
        expect(joined.runs.map(({ cutOff }) => cutOff)).toEqual([[]]);
        expect(told(joined.runs[0]!.record)).toEqual(told(whole.runs[0]!.record));
      }),
      { numRuns: 60 },
    ));

  it('have what is whole of tables that are cut off, and are said to be', () =>
    fc.assert(
      fc.asyncProperty(anyRows, fc.double({ min: 0, max: 1 }), fc.double({ min: 0, max: 1 }), async (rows, a, b) => {
        const [steps, events] = tablesOf(await write(newPath(), rows, 3));
        const whole = (await read([await given(steps), await given(events)])).runs[0]!.record;
        const { runs, refused } = await read([await given(steps, '', 1 - a), await given(events, '', 1 - b)]).catch(
          (error: Error) => ({ runs: [], refused: [error.message] }),
        );
        if (runs.length === 0) {
          expect(refused.join()).toMatch(/not an Arrow file|no whole batch of rows|only the events of/);
          return;
        }
        const { record, cutOff } = runs[0]!;
        const { length } = record.series('spikes.scatter')!;
        const y = (of: RunRecord) => of.series('spikes.scatter')!.y.subarray(0, length);
        expect(length).toBe(record.rows);
        expect(y(record)).toEqual(y(whole));
        if (record.rows < whole.rows) expect(cutOff.join()).toContain('steps.arrows is damaged or cut off after ');
        const known = new Set(whole.reports.map(({ group, begin }) => `${group} ${begin}`));
        for (const { group, begin } of record.reports) expect(known).toContain(`${group} ${begin}`);
      }),
      { numRuns: 40 },
    ));

  it('have the events that a live run reports, with what was asked of it', async () => {
    const folder = newPath();
    const control$ = new Subject<ControlMessage>();
    const source = new Subject<LossRow>();
    const live: object[] = [];
    const take = ({ spikes: { event: found } }: LossRow & { readonly spikes: SpikeFields }) => {
      if (found !== null) live.push({ group: 'spikes.event', begin: found.begin, event: { ...found } });
    };
    const options = { control$, batchRows: 50, finishedBatchRows: 50 };
    const written = lastValueFrom(source.pipe(spikes(), toArrow(folder, options), tap(take)));
    let open: readonly GivenFile[] = [];
    for (const row of evidencedRows()) {
      source.next(row);
      if (row.step === 40) control$.next({ type: 'setLearningRate', value: 0.5 });
      if (row.step === 250) control$.next({ type: 'pause' });
      if (row.step === 280) open = await Promise.all(tablesOf(folder).map((path) => given(path, 'live')));
    }
    source.complete();
    await written;
    const action = (begin: number, asked: object, row: number) => ({
      group: 'control',
      begin,
      event: { kind: 'control', action: asked, accepted: true, row },
    });
    const asked = [action(0, { type: 'setLearningRate', value: 0.5 }, 40), action(1, { type: 'pause' }, 250)];
    // While it goes on both are streams; when it is over both are files.
    for (const files of [open, await Promise.all(tablesOf(folder).map((path) => given(path, 'over')))]) {
      const { record, cutOff } = (await read(files)).runs[0]!;
      expect(cutOff).toEqual([]);
      expect(record.reports.filter(({ group }) => group === 'control')).toEqual(asked);
      const last = new Map((live as { begin: number }[]).map((report) => [report.begin, report]));
      expect(record.reports.filter(({ group }) => group !== 'control')).toEqual([...last.values()]);
      expect(last.size).toBe(2);
    }
  });

  it('are several from several folders, each with its own events', async () => {
    const report = (begin: number) => ({
      plateau: { begin, peak: 1 },
      spikes: { event: null, scatter: 0 },
      loss: 1,
    });
    const files: GivenFile[] = [];
    for (const name of ['first', 'second']) {
      const folder = await write(newPath(), [report(name.length)], 4, name);
      for (const path of tablesOf(folder)) files.push(await given(path, `runs/${name}`));
      // A copy of the whole folder.
      for (const path of tablesOf(folder)) files.push(await given(path, `copy/${name}`));
    }
    const { runs, refused } = await read(files.reverse());
    expect(refused).toEqual([]);
    const found = runs.map(({ record: { hello, reports } }) => [hello.name, reports.map(({ begin }) => begin)]);
    expect(found).toEqual([
      ['second (second)', [6]],
      ['second (second)', [6]],
      ['first (first)', [5]],
      ['first (first)', [5]],
    ]);
    expect(new Set(runs.map(({ record }) => record.hello.run)).size).toBe(4);
  });

  it('are not made of tables that do not belong together', async () => {
    const rows = [{ plateau: null, spikes: { event: null, scatter: 0 }, loss: 1 }];
    const [steps, events] = tablesOf(await write(newPath(), rows, 4, 'first'));
    const [, others] = tablesOf(await write(newPath(), rows, 4, 'second'));
    const mixed = await recordingsIn([await given(steps), await given(others)]);
    expect(mixed.recordings).toEqual([]);
    expect(mixed.refused).toEqual([
      "steps.arrows (of 'first') and events.arrows (of 'second') were not written together: expected the two tables of one run folder",
    ]);
    const alone = await recordingsIn([await given(events, 'first')]);
    expect(alone.recordings).toEqual([]);
    expect(alone.refused).toEqual([
      "first/events.arrows has only the events of 'first': expected the table of its steps (steps.arrows) with it",
    ]);
    const without = await recordingsIn([await given(steps)]);
    expect(without.refused).toEqual([]);
    expect(without.recordings.map(({ events: missing }) => missing)).toEqual([undefined]);
    // In different folders neither claims the other.
    const apart = await recordingsIn([await given(steps, 'a'), await given(others, 'b')]);
    expect(apart.recordings.map(({ steps: { name } }) => name)).toEqual(['a/steps.arrows']);
    expect(apart.refused).toHaveLength(1);
    const table = await ArrowTable.open((await given(steps)).file);
    await expect(readRecording({ name: 'x', steps: table, events: table }, () => {})).rejects.toThrow(
      "steps.arrows is not of use: its metadata 'onager.events' is missing",
    );
  });
});
