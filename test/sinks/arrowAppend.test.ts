import { closeSync, existsSync, openSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ArrowWriter } from '../../sinks/arrow/arrowWriter.ts';
import { Place } from '../../sinks/arrow/place.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { sink } from '../../sinks/sink.ts';
import type { ColumnDescription, ColumnType } from '../../src/columns.ts';
import { type Disk, disk } from '../../src/formats/arrow/disk.ts';
import { scanNow } from '../../src/formats/arrow/scan.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { anyRun } from '../sources/recordedRuns.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = () => join(directory, `${files++}.arrows`);

const done = (rows: Observable<unknown>) => lastValueFrom(rows, { defaultValue: undefined });
const write = (path: string, rows: readonly Row[], batchRows = 4) =>
  done(from(rows).pipe(toArrow(path, { batchRows, finishedBatchRows: batchRows })));
const append = (path: string, rows: readonly Row[], batchRows = 4) =>
  done(from(rows).pipe(toArrow(path, { existing: 'append', batchRows })));

const scalar = (name: string, type: ColumnType, more: object = {}): ColumnDescription => ({
  name,
  type,
  unit: '1',
  meaning: 'a value',
  ...more,
});
const columns: readonly ColumnDescription[] = [
  scalar('step', 'int32'),
  scalar('loss', 'float64'),
  { name: 'spikes', meaning: 'a group', columns: [scalar('open', 'bool')] },
];

/** Rows of the steps from one to before another; `loss` tells who wrote them. */
function rowsFrom(
  begin: number,
  end: number,
  loss: number,
  described = columns,
  step = (index: number) => index,
): Row[] {
  const run = new Run('appended', described);
  return Array.from({ length: end - begin }, (_, index) => {
    return { step: step(begin + index), loss, spikes: { open: index % 2 === 0 }, more: 'text', run } as Row;
  });
}

/** Rows of a file that are whole, however it ends. */
function wholeRows(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return scanNow(fd, readFileSync(path).length, disk).rows;
  } finally {
    closeSync(fd);
  }
}

const stepsAndLosses = (path: string) => rowsOf(readArrow(path)).map(({ step, loss }) => [step, loss]);

describe("toArrow with existing: 'append'", () => {
  it('keeps the rows before the first new one as they were, whatever the columns, and drops the others', () =>
    fc.assert(
      fc.asyncProperty(
        anyRun,
        fc.record({ there: fc.nat(20), first: fc.nat(20), batchRows: fc.integer({ min: 1, max: 7 }) }),
        async ({ run, rows }, { there, first, batchRows }) => {
          const expected = newPath();
          await write(expected, rows, batchRows);
          const path = newPath();
          await write(path, rows.slice(0, Math.max(1, there)), batchRows);
          // What is appended begins where a row is, or right behind the last.
          const begin = Math.min(first, Math.max(1, there), rows.length - 1);
          await append(path, rows.slice(begin), batchRows);
          expect(rowsOf(readArrow(path))).toEqual(rowsOf(readArrow(expected)));
          expect(isFinished(path)).toBe(true);
          expect(readArrow(path).schema.metadata.get('onager.run')).toBe(run.name);
        },
      ),
      { numRuns: 60 },
    ));

  it('goes on with a file that was cut off anywhere', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(1 << 30), fc.nat(40), async (at, first) => {
        const path = newPath();
        await write(path, rowsFrom(0, 40, 1));
        const bytes = readFileSync(path);
        // The schema has to be there.
        const schemaEnd = bytes.indexOf(Buffer.from([255, 255, 255, 255]), 16);
        truncateSync(path, schemaEnd + (at % (bytes.length - schemaEnd)));
        const whole = wholeRows(path);
        await append(path, rowsFrom(first, 50, 2));
        const kept = Array.from({ length: Math.min(whole, first) }, (_, step) => [step, 1]);
        const added = Array.from({ length: 50 - first }, (_, index) => [first + index, 2]);
        expect(stepsAndLosses(path)).toEqual([...kept, ...added]);
      }),
      { numRuns: 40 },
    ));

  it('begins a file where there is none, and takes a column of steps that is wide', async () => {
    const path = newPath();
    const wide = [scalar('loss', 'float64'), { ...columns[2]! }, scalar('step', 'float64')];
    const huge = (index: number) => 2 ** 40 + index;
    await append(path, rowsFrom(0, 9, 1, wide, huge));
    await append(path, rowsFrom(6, 12, 2, wide, huge));
    expect(stepsAndLosses(path)).toEqual(Array.from({ length: 12 }, (_, index) => [huge(index), index < 6 ? 1 : 2]));
  });

  it('is a readable stream while it grows, and again a file at the end', async () => {
    const path = newPath();
    await write(path, rowsFrom(0, 10, 1));
    const source = new Subject<Row>();
    const before = readFileSync(path);
    const finished = done(source.pipe(toArrow(path, { existing: 'append' })));
    expect(readFileSync(path)).toEqual(before);
    source.next(rowsFrom(7, 8, 2)[0]!);
    expect(isFinished(path)).toBe(false);
    expect(stepsAndLosses(path)).toEqual(Array.from({ length: 7 }, (_, step) => [step, 1]));
    source.complete();
    await finished;
    expect(stepsAndLosses(path).at(-1)).toEqual([7, 2]);
    expect(isFinished(path)).toBe(true);
  });

  it.each<[string, ColumnDescription[], string]>([
    ['a new column', [...columns, scalar('more', 'utf8')], "it has no column 'more'"],
    ['a column less', columns.slice(0, 2), "it has a column 'spikes', and this run has not"],
    [
      'another name',
      [columns[0]!, scalar('more', 'utf8'), columns[2]!],
      "it has a column 'loss' in place of the column 'more'",
    ],
    [
      'another type',
      [columns[0]!, scalar('loss', 'int32'), columns[2]!],
      "its column 'loss' is Float64: expected Int32",
    ],
    [
      'another type in a group',
      [
        columns[0]!,
        columns[1]!,
        { name: 'spikes', meaning: '', columns: [scalar('open', 'bool', { nullable: true })] },
      ],
      "its column 'spikes.open' is Bool: expected Bool, nullable",
    ],
  ])('refuses %s by name, and leaves the file as it is', async (_, described, reason) => {
    const path = newPath();
    await write(path, rowsFrom(0, 10, 1));
    const before = readFileSync(path);
    await expect(append(path, rowsFrom(5, 9, 2, described))).rejects.toMatchObject({
      name: 'CannotWriteError',
      message: expect.stringContaining(`cannot write '${path}': ${reason}`),
    });
    expect(readFileSync(path)).toEqual(before);
  });

  it('refuses what toArrow has not written, and leaves it as it is', async () => {
    const path = newPath();
    writeFileSync(path, 'step,loss\n0,1\n');
    await expect(append(path, rowsFrom(5, 9, 2))).rejects.toThrow('no Arrow schema at its beginning');
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n0,1\n');
  });

  it('leaves the old file where the disk is full, and nothing beside it', async () => {
    const path = newPath();
    await write(path, rowsFrom(0, 1000, 1), 64);
    const before = readFileSync(path);
    let room = before.length / 2;
    const full: Disk = {
      ...disk,
      writeNow(fd, bytes, position) {
        room -= bytes.length;
        if (room < 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        disk.writeNow(fd, bytes, position);
      },
    };
    const pace = { batchRows: 64, flushEvery: 250, syncEvery: 5000, finishedBatchRows: 1 << 16 };
    const appended = from(rowsFrom(900, 1100, 2)).pipe(
      sink<Row>(() => new ArrowWriter(new Place(path, 'append'), pace, full)),
    );
    await expect(done(appended)).rejects.toThrow('no space left on the device');
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('copies a long file in bounded memory', async () => {
    const path = newPath();
    await write(path, rowsFrom(0, 200_000, 1), 1024);
    let largest = 0;
    const counting: Disk = {
      ...disk,
      readNow(fd, into, position) {
        largest = Math.max(largest, into.length);
        return disk.readNow(fd, into, position);
      },
    };
    const pace = { batchRows: 1024, flushEvery: 250, syncEvery: 5000, finishedBatchRows: 1024 };
    await done(
      from(rowsFrom(199_999, 200_010, 2)).pipe(
        sink<Row>(() => new ArrowWriter(new Place(path, 'append'), pace, counting)),
      ),
    );
    expect(readArrow(path).numRows).toBe(200_010);
    expect(largest).toBeLessThan(64_000);
    expect(existsSync(path)).toBe(true);
  });
});
