import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ArrowWriter } from '../../sinks/arrow/arrowWriter.ts';
import { Place } from '../../sinks/arrow/place.ts';
import { type ArrowOptions, toArrow } from '../../sinks/arrow/toArrow.ts';
import { sink } from '../../sinks/sink.ts';
import type { ColumnDescription } from '../../src/columns.ts';
import { type Disk, disk } from '../../src/formats/arrow/disk.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { anyRun, collected, evidencedRows, recordedFields } from '../sources/recordedRuns.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let folders = 0;
const newFolder = () => join(directory, `run-${folders++}`);
const steps = (folder: string) => join(folder, 'steps.arrows');
const events = (folder: string) => join(folder, 'events.arrows');
const done = (rows: Observable<unknown>) => lastValueFrom(rows, { defaultValue: undefined });
const write = (folder: string, rows: readonly Row[], options: ArrowOptions = {}) =>
  done(from(rows).pipe(toArrow(folder, { batchRows: 4, ...options })));

const columns: readonly ColumnDescription[] = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: 'the step' },
  {
    name: 'spikes',
    meaning: 'rises of the loss',
    columns: [
      {
        name: 'event',
        meaning: 'a report',
        role: 'event',
        nullable: true,
        columns: [
          { name: 'kind', type: 'utf8', unit: '1', meaning: 'spike' },
          { name: 'begin', type: 'float64', unit: 'steps', meaning: 'first step' },
          { name: 'peak', type: 'float64', unit: 'loss', meaning: 'largest loss' },
        ],
      },
      { name: 'open', type: 'bool', unit: '1', meaning: 'whether a rise is open' },
    ],
  },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: 'the loss' },
];

/** Rows of the steps from one to before another, with a spike at every fifth; `loss` tells who wrote them. */
function rowsFrom(begin: number, end: number, loss: number, described = columns): Row[] {
  const run = new Run('in a folder', described);
  return Array.from({ length: end - begin }, (_, index) => {
    const step = begin + index;
    const event = step % 5 === 0 ? { kind: 'spike', begin: step, peak: loss } : null;
    return { step, spikes: { event, open: event !== null }, loss, run } as Row;
  });
}

const replayed = async (folder: string) => (await collected(fromArrow<Row>(folder))).map(recordedFields);

describe('a run folder', () => {
  it('gives back every row, event and column as it was, whatever they are', () =>
    fc.assert(
      fc.asyncProperty(anyRun, fc.integer({ min: 1, max: 8 }), async ({ run, rows }, batchRows) => {
        const folder = newFolder();
        await write(folder, rows, { batchRows, finishedBatchRows: batchRows });
        const again = await collected(fromArrow<Row>(folder));
        expect(again.map(recordedFields)).toEqual(rows.map(recordedFields));
        const { name, metadata, columns: described } = again[0]!.run!;
        expect(name).toBe(run.name);
        expect(metadata).toEqual(run.metadata);
        expect(described).toEqual(run.columns);
      }),
      { numRuns: 80 },
    ));

  it('has a table of steps without events, and one of events, which says what, when and why', async () => {
    const folder = newFolder();
    const live = await collected(from(evidencedRows()).pipe(spikes(), catapults(), toArrow(folder)));
    expect(readdirSync(folder).sort()).toEqual(['events.arrows', 'steps.arrows']);
    expect(isFinished(steps(folder)) && isFinished(events(folder))).toBe(true);
    const stepTable = readArrow(steps(folder));
    expect(stepTable.numRows).toBe(300);
    expect(stepTable.schema.fields.map(String).join()).not.toContain('event');
    const table = readArrow(events(folder));
    expect(table.schema.metadata.get('onager.run')).toBe('evidenced');
    const peak = table.schema.fields.find(({ name }) => name === 'spikes')!.type.children[0].type.children[5];
    expect([peak.name, peak.metadata.get('unit'), peak.metadata.get('meaning')]).toEqual([
      'peak',
      'loss',
      'largest finite loss',
    ]);
    const recorded = rowsOf(table);
    const reports = live.flatMap(({ step, spikes: a, catapults: b }) =>
      [a.event, b.event].flatMap((event, index) => (event === null ? [] : [{ step, event, index }])),
    );
    expect(recorded).toHaveLength(reports.length);
    for (const [index, { step, event, index: group }] of reports.entries()) {
      const { kind, state, begin, confirmedAt, verdict, evidence } = event;
      const shared = { step, row: step, kind, state, begin, confirmedAt, verdict, evidence, control: null };
      expect(recorded[index]).toEqual({
        ...shared,
        detector: ['spikes', 'catapults'][group],
        spikes: group === 0 ? { event } : null,
        catapults: group === 1 ? { event } : null,
      });
    }
    expect(recorded.map(({ verdict }) => verdict)).toContain('catapult');
  });

  it('is what any path is that does not end like an Arrow file, and a file that is there stays one', async () => {
    for (const name of ['plain', 'rate0.5', 'slash.arrows/']) {
      const folder = join(directory, 'named', name);
      await write(folder, rowsFrom(0, 3, 1));
      expect(readdirSync(folder)).toContain('steps.arrows');
      // It is there now, and is known by what it is.
      expect(await replayed(folder.replace(/\/$/, ''))).toHaveLength(3);
    }
    writeFileSync(join(directory, 'named', 'file'), '');
    await write(join(directory, 'named', 'file'), rowsFrom(0, 3, 1));
    expect(await replayed(join(directory, 'named', 'file'))).toHaveLength(3);
    expect(readArrow(join(directory, 'named', 'file')).numRows).toBe(3);
  });

  it('is empty of events where there are none, and readable without the table of events', async () => {
    const folder = newFolder();
    await write(folder, [{ step: 0 }, { step: 1 }]);
    expect(readArrow(events(folder)).numRows).toBe(0);
    rmSync(events(folder));
    expect(await replayed(folder)).toEqual([{ step: 0 }, { step: 1 }]);
  });

  it('records what was asked of the training, before the first row and between rows, at once', async () => {
    const folder = newFolder();
    const control$ = new Subject<ControlMessage>();
    const source = new Subject<Row>();
    const finished = done(source.pipe(toArrow(folder, { control$ })));
    control$.next({ type: 'pause' });
    for (const row of rowsFrom(7, 9, 1)) source.next(row);
    control$.next({ type: 'setLearningRate', value: 0.25 });
    const asked = () =>
      rowsOf(readArrow(events(folder))).map(({ step, row, kind, control }) => [step, row, kind, control]);
    const expected = [
      [7, 0, 'control', { action: 'pause', value: null }],
      [8, 1, 'control', { action: 'setLearningRate', value: 0.25 }],
    ];
    expect(asked()).toEqual(expected);
    source.complete();
    await finished;
    expect(control$.observed).toBe(false);
    expect(asked()).toEqual(expected);
    expect(await replayed(folder)).toHaveLength(2);
  });

  it('refuses a group with events that has the name of a column of their table, before anything is written', async () => {
    const folder = newFolder();
    const kind = { ...(columns[1] as object), name: 'kind' } as ColumnDescription;
    const run = new Run('taken', [columns[0]!, kind]);
    const row = { step: 0, kind: { event: null, open: false }, run } as Row;
    await expect(write(folder, [row])).rejects.toThrow(
      `cannot write '${events(folder)}': the table of events has a column 'kind': expected another name`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps neither the row nor its events when one of them does not fit', async () => {
    const folder = newFolder();
    const rows = rowsFrom(0, 12, 1);
    (rows[10] as unknown as { spikes: { event: object } }).spikes.event = { kind: 'spike', begin: 10, peak: 'high' };
    await expect(write(folder, rows)).rejects.toThrow(
      `step 10: column 'spikes.event.peak' got the string "high": expected a number`,
    );
    expect(readArrow(steps(folder)).numRows).toBe(10);
    expect(rowsOf(readArrow(events(folder))).map(({ step }) => step)).toEqual([0, 5]);
  });

  it('has the events of a row on the disk before the row', async () => {
    const order: string[] = [];
    const folder = newFolder();
    mkdirSync(folder);
    const paths = new Map<number, string>();
    const watching: Disk = {
      ...disk,
      write: (fd, bytes, position) => {
        order.push(paths.get(fd) ?? 'other');
        return disk.write(fd, bytes, position);
      },
      writeNow: (fd, bytes, position) => {
        // The first that is written to each is its schema; the steps have theirs first.
        if (!paths.has(fd)) paths.set(fd, paths.size === 0 ? 'steps' : 'events');
        order.push(`${paths.get(fd)} now`);
        disk.writeNow(fd, bytes, position);
      },
    };
    const pace = { batchRows: 10, flushEvery: 60_000, syncEvery: 60_000, finishedBatchRows: 10 };
    const writer = () =>
      new ArrowWriter(new Place(steps(folder)), pace, watching, {
        place: new Place(events(folder)),
        control$: undefined,
      });
    const source = new Subject<Row>();
    const finished = done(source.pipe(sink<Row>(writer)));
    for (const row of rowsFrom(0, 10, 1)) source.next(row);
    expect(order.slice(2)).toEqual(['events', 'events now', 'events now', 'steps']);
    source.complete();
    await finished;
  });

  it.each([
    ['the steps', 'steps', 5000],
    ['the events', 'events', 5000],
    ['nothing but the schemas', 'events', 10],
  ])('says so when the disk is full for %s, and keeps what there was room for', async (_, table, room) => {
    const folder = newFolder();
    mkdirSync(folder);
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    let left = room;
    const fds: number[] = [];
    const take = (fd: number, { length }: Uint8Array) => {
      if (fds[table === 'events' ? 1 : 0] !== fd) return;
      left -= length;
      if (left < 0) throw full;
    };
    const small: Disk = {
      ...disk,
      async write(fd, bytes, position) {
        take(fd, bytes);
        await disk.write(fd, bytes, position);
      },
      writeNow(fd, bytes, position) {
        if (fds.length < 2 && !fds.includes(fd)) fds.push(fd);
        else take(fd, bytes);
        disk.writeNow(fd, bytes, position);
      },
    };
    const pace = { batchRows: 4, flushEvery: 60_000, syncEvery: 60_000, finishedBatchRows: 4 };
    const full$ = from(rowsFrom(0, 2000, 1)).pipe(
      sink<Row>(
        () =>
          new ArrowWriter(new Place(steps(folder)), pace, small, {
            place: new Place(events(folder)),
            control$: undefined,
          }),
      ),
    );
    await expect(done(full$)).rejects.toMatchObject({ name: 'CannotWriteError', code: 'ENOSPC' });
    const kept = await replayed(folder);
    const given = rowsFrom(0, kept.length, 1).map(recordedFields);
    expect(kept.length).toBeGreaterThan(0);
    // Rows are kept also where there was no room for the last of their events.
    const eventsKept = readArrow(events(folder)).numRows;
    if (table === 'events') expect(eventsKept).toBeLessThan(Math.ceil(kept.length / 5));
    const last = 5 * (eventsKept - 1);
    expect(kept).toEqual(
      given.map((row) =>
        (row.step as number) <= last ? row : { ...row, spikes: { ...(row.spikes as object), event: null } },
      ),
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  describe('that is appended to', () => {
    it('keeps the rows and events before the first new row, and drops the others', () =>
      fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(40), fc.boolean(), async (there, first, whole) => {
          const folder = newFolder();
          const begin = Math.min(first, there);
          await write(folder, rowsFrom(0, there, 1));
          if (!whole) {
            // As if killed: neither table was finished.
            for (const path of [steps(folder), events(folder)]) {
              const bytes = readFileSync(path);
              const end = bytes.lastIndexOf(Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]));
              writeFileSync(path, bytes.subarray(8, end));
            }
          }
          await write(folder, rowsFrom(begin, 50, 2), { existing: 'append' });
          expect(await replayed(folder)).toEqual(
            [...rowsFrom(0, begin, 1), ...rowsFrom(begin, 50, 2)].map(recordedFields),
          );
          expect(rowsOf(readArrow(events(folder))).map(({ row }) => row)).toEqual([
            0, 5, 10, 15, 20, 25, 30, 35, 40, 45,
          ]);
        }),
        { numRuns: 30 },
      ));

    it('is left as it is when either table has other columns', async () => {
      const folder = newFolder();
      await write(folder, rowsFrom(0, 10, 1));
      const before = [readFileSync(steps(folder)), readFileSync(events(folder))];
      const open: ColumnDescription = { name: 'open', type: 'bool', unit: '1', meaning: 'whether a rise is open' };
      const other = [columns[0]!, { name: 'spikes', meaning: 'no events', columns: [open] }, columns[2]!];
      await expect(write(folder, rowsFrom(5, 20, 2, other), { existing: 'append' })).rejects.toThrow(
        `cannot write '${events(folder)}': it has a column 'spikes', and this run has not`,
      );
      expect([readFileSync(steps(folder)), readFileSync(events(folder))]).toEqual(before);
    });

    it('is refused where steps begin anew, as rows would get other numbers', async () => {
      const folder = newFolder();
      await write(folder, [...rowsFrom(0, 10, 1), ...rowsFrom(0, 5, 1)]);
      await expect(write(folder, rowsFrom(4, 9, 2), { existing: 'append' })).rejects.toThrow('its steps begin anew');
    });
  });

  it('leaves a second run that takes the folder alone, and is not lost', async () => {
    const folder = newFolder();
    const [first, second] = [new Subject<Row>(), new Subject<Row>()];
    const firstDone = done(first.pipe(toArrow(folder)));
    const secondDone = done(second.pipe(toArrow(folder)));
    for (const row of rowsFrom(0, 3, 1)) first.next(row);
    for (const row of rowsFrom(0, 6, 2)) second.next(row);
    first.complete();
    await expect(firstDone).rejects.toThrow('another program has replaced the file');
    second.complete();
    await secondDone;
    expect(await replayed(folder)).toEqual(rowsFrom(0, 6, 2).map(recordedFields));
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('says which table is not of the same run', async () => {
    const [folder, other] = [newFolder(), newFolder()];
    await write(folder, rowsFrom(0, 3, 1));
    await write(other, [{ step: 0 }]);
    copyFileSync(steps(other), steps(folder));
    await expect(replayed(folder)).rejects.toThrow(/its events 'spikes\.event' have no place in the table of steps/);
    copyFileSync(steps(other), events(other));
    await expect(replayed(other)).rejects.toThrow("its metadata 'onager.events' is missing or damaged");
    expect(existsSync(events(other))).toBe(true);
  });
});
