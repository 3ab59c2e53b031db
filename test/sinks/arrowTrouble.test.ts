import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { from, Observable, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ArrowWriter } from '../../sinks/arrow/arrowWriter.ts';
import { Place } from '../../sinks/arrow/place.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { sink, writersFinished } from '../../sinks/sink.ts';
import type { ColumnDescription, ColumnType } from '../../src/columns.ts';
import { type Disk, disk } from '../../src/formats/arrow/disk.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = () => join(directory, `${files++}.arrows`);

/** Resolves to the error that a stream ends with, or to what it completes with. */
const outcome = (source: Observable<unknown>) =>
  new Promise<Error | 'complete'>((resolve) =>
    source.subscribe({ error: resolve, complete: () => resolve('complete') }),
  );

const scalar = (name: string, type: ColumnType, nullable = false): ColumnDescription => ({
  name,
  type,
  unit: '1',
  meaning: 'a value',
  nullable,
});

const plainRows = (count: number): Row[] => {
  const run = new Run('plain', [scalar('step', 'int32')]);
  return Array.from({ length: count }, (_, step) => ({ step, run }));
};

describe('toArrow with rows that do not fit', () => {
  const columns: ColumnDescription[] = [
    scalar('step', 'int32'),
    scalar('loss', 'float64'),
    scalar('lr', 'float64', true),
    scalar('flag', 'bool'),
    scalar('word', 'utf8'),
    { name: 'group', meaning: 'a group', columns: [scalar('inner', 'float64')] },
    { name: 'event', meaning: 'an event', role: 'event', columns: [scalar('begin', 'int32')] },
  ];
  const good = { step: 0, loss: 1, lr: null, flag: true, word: 'a', group: { inner: 1 }, event: null };

  it.each<[object, string]>([
    [{ loss: 'high' }, `step 1: column 'loss' got the string "high": expected a number`],
    [{ loss: null }, `step 1: column 'loss' got null: expected a number`],
    [{ loss: undefined }, `step 1: column 'loss' got no value: expected a number`],
    [{ loss: 1n }, `step 1: column 'loss' got 1: expected a number`],
    [{ lr: false }, `step 1: column 'lr' got false: expected a number`],
    [{ flag: 1 }, `step 1: column 'flag' got 1: expected true or false`],
    [{ word: 5 }, `step 1: column 'word' got 5: expected a string`],
    [{ group: undefined }, `step 1: column 'group' got no value: expected an object, as the column is a group`],
    [{ group: null }, `step 1: column 'group' got null: expected an object, as the column is a group`],
    [{ group: 3 }, `step 1: column 'group' got 3: expected an object, as the column is a group`],
    [{ group: {} }, `step 1: column 'group.inner' got no value: expected a number`],
    [
      { event: { begin: 1.5 } },
      `step 1: column 'event.begin' got 1.5: expected a whole number of -2147483648 to 2147483647`,
    ],
    [{ event: { begin: 2 ** 31 } }, `step 1: column 'event.begin' got 2147483648: expected a whole number`],
    [{ event: { begin: NaN } }, `step 1: column 'event.begin' got NaN: expected a whole number`],
    [{ event: { begin: null } }, `step 1: column 'event.begin' got null: expected a whole number`],
  ])('%o', async (wrong, message) => {
    const path = newPath();
    const run = new Run('mismatch', columns);
    const rows = [good, { ...good, step: 1, ...wrong }, { ...good, step: 2 }].map((row) => ({ ...row, run }));
    const error = (await outcome(from<Row[]>(rows).pipe(toArrow(path)))) as Error;
    expect(error).toMatchObject({ name: 'RowMismatchError', step: 1, message: expect.stringContaining(message) });
    expect(error.message).not.toContain('\n');
    expect(rowsOf(readArrow(path))).toEqual([good]);
    expect(isFinished(path)).toBe(true);
  });
});

describe('toArrow with a path that cannot be written to', () => {
  const blocked = join(directory, 'file');
  writeFileSync(blocked, 'in the way');
  const folder = join(directory, 'folder');
  mkdirSync(join(folder, 'steps.arrows'), { recursive: true });

  it.each([
    ['a directory as a table', folder, 'EISDIR', 'it is a directory: expected the path of a file', 'steps.arrows'],
    [
      'below a file',
      join(blocked, 'run.arrows'),
      expect.stringMatching(/ENOTDIR|EEXIST/),
      'a part of the path is a file: expected directories',
    ],
    ['too long', join(directory, `${'x'.repeat(300)}.arrows`), 'ENAMETOOLONG', 'the name is too long'],
    ['a device', '/dev/null', undefined, 'it is a device or a pipe: expected a file'],
  ])('%s', async (_, path, code, reason, table = '') => {
    const subscribed = vi.fn();
    const error = (await outcome(new Observable<Row>(subscribed).pipe(toArrow(path)))) as Error;
    const place = join(path, table);
    expect(error).toMatchObject({ name: 'CannotWriteError', code, path: place });
    expect(error.message).toContain(`cannot write '${place}': ${reason}`);
    expect(error.message).not.toContain('\n');
    expect(subscribed).not.toHaveBeenCalled();
  });

  it.each([
    ['', {}],
    ['x\0y', {}],
    ['run.arrows', { batchRows: 0 }],
    ['run.arrows', { batchRows: 1.5 }],
    ['run.arrows', { finishedBatchRows: 0 }],
    ['run.arrows', { flushEvery: -1 }],
    ['run.arrows', { syncEvery: NaN }],
    ['run.arrows', { existing: 'extend' as 'error' }],
  ])('%j %o is refused when the pipe is made', (path, options) => {
    expect(() => toArrow(path, options)).toThrow(RangeError);
  });
});

describe('toArrow and what is at the path already', () => {
  it('makes directories, and replaces a file with the first row, not before', async () => {
    const path = join(directory, 'a/b/c.arrows');
    expect(await outcome(from(plainRows(3)).pipe(toArrow(path)))).toBe('complete');
    const before = readFileSync(path);
    const failed = await outcome(throwError(() => new Error('out of memory')).pipe(toArrow(path)));
    expect(failed).toMatchObject({ message: 'out of memory' });
    expect(readFileSync(path)).toEqual(before);
    const source = new Subject<Row>();
    const done = outcome(source.pipe(toArrow(path)));
    expect(readFileSync(path)).toEqual(before);
    source.next(plainRows(1)[0]!);
    expect(readArrow(path).numRows).toBe(0);
    source.complete();
    await done;
    expect(readArrow(path).numRows).toBe(1);
    expect(readdirSync(join(directory, 'a/b'))).toEqual(['c.arrows']);
  });

  it("with existing: 'error' leaves it alone", async () => {
    const path = newPath();
    await outcome(from(plainRows(3)).pipe(toArrow(path)));
    const error = await outcome(from(plainRows(9)).pipe(toArrow(path, { existing: 'error' })));
    expect(error).toMatchObject({ name: 'CannotWriteError', message: expect.stringContaining('it exists') });
    expect(readArrow(path).numRows).toBe(3);
  });

  it('writes to the file behind a symbolic link', async () => {
    const path = newPath();
    const link = newPath();
    await outcome(from(plainRows(3)).pipe(toArrow(path)));
    symlinkSync(path, link);
    await outcome(from(plainRows(5)).pipe(toArrow(link)));
    expect(readArrow(path).numRows).toBe(5);
  });

  it('loses neither run when two write to one path', async () => {
    const path = join(directory, 'contested', 'run.arrows');
    const first = new Subject<Row>();
    const second = new Subject<Row>();
    const firstDone = outcome(first.pipe(toArrow(path)));
    const secondDone = outcome(second.pipe(toArrow(path)));
    for (const row of plainRows(3)) first.next(row);
    for (const row of plainRows(5)) second.next(row);
    first.complete();
    const error = (await firstDone) as Error;
    expect(error).toMatchObject({ message: expect.stringContaining('another program has replaced the file') });
    second.complete();
    expect(await secondDone).toBe('complete');
    expect(readArrow(path).numRows).toBe(5);
    expect(readArrow(/'([^']*)'$/.exec(error.message)![1]!).numRows).toBe(3);
  });
});

describe('toArrow when the stream ends otherwise', () => {
  it('has every row after an error of the source', async () => {
    const path = newPath();
    const source = new Subject<Row>();
    const done = outcome(source.pipe(toArrow(path)));
    for (const row of plainRows(2500)) source.next(row);
    source.error(new Error('out of memory'));
    expect(await done).toMatchObject({ message: 'out of memory' });
    expect(readArrow(path).numRows).toBe(2500);
    expect(isFinished(path)).toBe(true);
  });

  it('has every row after unsubscribing', async () => {
    const path = newPath();
    const source = new Subject<Row>();
    const subscription = source.pipe(toArrow(path)).subscribe();
    for (const row of plainRows(2500)) source.next(row);
    subscription.unsubscribe();
    await writersFinished();
    expect(readArrow(path).numRows).toBe(2500);
    expect(isFinished(path)).toBe(true);
  });

  it('writes what it has when the source falls silent', async () => {
    const path = newPath();
    const source = new Subject<Row>();
    const subscription = source.pipe(toArrow(path, { flushEvery: 10 })).subscribe();
    for (const count of [3, 6]) {
      for (const row of plainRows(3)) source.next(row);
      await vi.waitFor(() => expect(readArrow(path).numRows).toBe(count));
    }
    subscription.unsubscribe();
    await writersFinished();
  });
});

/** A disk that takes so many bytes and no more; a part of a write goes through, as on a real one. */
function smallDisk(capacity: number): Disk {
  const sizes = new Map<number, number>();
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const fits = (fd: number, { length }: Uint8Array, position: number) => {
    const room = capacity - position;
    if (room < length) return Math.max(0, room);
    sizes.set(fd, Math.max(sizes.get(fd) ?? 0, position + length));
    return length;
  };
  return {
    ...disk,
    async write(fd, bytes, position) {
      const fitting = fits(fd, bytes, position);
      await disk.write(fd, bytes.subarray(0, fitting), position);
      if (fitting < bytes.length) throw full;
    },
    writeNow(fd, bytes, position) {
      const fitting = fits(fd, bytes, position);
      disk.writeNow(fd, bytes.subarray(0, fitting), position);
      if (fitting < bytes.length) throw full;
    },
  };
}

const throughDisk = (path: string, with_: Disk) =>
  sink<Row>(
    () =>
      new ArrowWriter(
        new Place(path, 'replace'),
        { batchRows: 64, flushEvery: 60_000, syncEvery: 60_000, finishedBatchRows: 64 },
        with_,
      ),
  );

describe('toArrow on a full disk', () => {
  it('ends the run with one line, and every batch before is readable', async () => {
    for (let capacity = 100; capacity < 8000; capacity += 311) {
      const path = newPath();
      const error = (await outcome(from(plainRows(2000)).pipe(throughDisk(path, smallDisk(capacity))))) as Error;
      expect(error).toMatchObject({ name: 'CannotWriteError', code: 'ENOSPC' });
      expect(error.message).toContain(`cannot write '${path}': no space left on the device: expected room for the run`);
      expect(error.message).not.toContain('\n');
      if (!existsSync(path)) continue;
      const rows = rowsOf(readArrow(path));
      expect(rows).toEqual(rows.map((_, step) => ({ step })));
      expect(rows.length % 64).toBe(0);
      expect(error.message).toContain(`the first ${rows.length} rows are there`);
    }
    expect(readdirSync(directory).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('keeps all rows as a stream when there is no room for the footer', async () => {
    const path = newPath();
    let size = 0;
    const measuring: Disk = {
      ...disk,
      write: (fd, bytes, position) => {
        size = Math.max(size, position + bytes.length);
        return disk.write(fd, bytes, position);
      },
    };
    await outcome(from(plainRows(200)).pipe(throughDisk(path, measuring)));
    const error = (await outcome(from(plainRows(200)).pipe(throughDisk(path, smallDisk(size - 100))))) as Error;
    expect(error.message).toContain('all 200 rows are there as an Arrow stream, without the footer');
    expect(isFinished(path)).toBe(false);
    expect(readArrow(path).numRows).toBe(200);
  });

  it('stops a run whose rows go on while nothing can be written', async () => {
    const path = newPath();
    const source = new Subject<Row>();
    const done = outcome(source.pipe(throughDisk(path, smallDisk(1000))));
    const timer = setInterval(() => {
      for (const row of plainRows(64)) source.next(row);
    }, 1);
    expect(await done).toMatchObject({ code: 'ENOSPC' });
    clearInterval(timer);
    expect(source.observed).toBe(false);
  });
});

describe('toArrow on a slow disk', () => {
  const megabyte = 'x'.repeat(1 << 20);
  const run = new Run('slow', [scalar('step', 'int32'), scalar('note', 'utf8')]);

  it('holds rows while much is pending, and lets go when it is written', async () => {
    const path = newPath();
    const release = vi.fn();
    const hold = vi.fn(() => release);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow: Disk = { ...disk, write: (...write) => gate.then(() => disk.write(...write)) };
    const source = new Subject<Row>();
    const done = outcome(source.pipe(throughDisk(path, slow)));
    const send = (step: number) => source.next({ step, note: megabyte, run, hold } as Row);
    for (let step = 0; step < 7; step++) send(step);
    expect(hold).not.toHaveBeenCalled();
    send(7);
    expect(hold).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(release).not.toHaveBeenCalled();
    open();
    await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(1));
    source.complete();
    expect(await done).toBe('complete');
    expect(readArrow(path).numRows).toBe(8);
  });

  it('waits for the disk itself when a source cannot be held, in bounded memory and in order', async () => {
    const path = newPath();
    let pending = 0;
    let most = 0;
    const counting: Disk = {
      ...disk,
      write: (fd, bytes, position) => disk.write(fd, bytes, position),
      writeNow: (fd, bytes, position) => {
        most = Math.max(most, ++pending);
        disk.writeNow(fd, bytes, position);
      },
    };
    const rows = Array.from({ length: 100 }, (_, step) => ({ step, note: megabyte, run }));
    expect(await outcome(from<Row[]>(rows).pipe(throughDisk(path, counting)))).toBe('complete');
    expect(most).toBeGreaterThan(100);
    expect(rowsOf(readArrow(path)).map(({ step }) => step)).toEqual(rows.map(({ step }) => step));
  });
});

// A real full disk, where this may be tried: a file system of 64 kB in memory.
const root = process.platform === 'linux' && process.getuid?.() === 0 && process.env.ONAGER_TEST_MOUNT === '1';
describe.runIf(root)('toArrow on a full tmpfs', () => {
  it('ends the run with one line, and every batch before is readable', async () => {
    const mount = join(directory, 'tmpfs');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
    try {
      const path = join(mount, 'run.arrows');
      const error = await outcome(from(plainRows(100_000)).pipe(toArrow(path)));
      expect(error).toMatchObject({ name: 'CannotWriteError', code: 'ENOSPC' });
      const table = readArrow(path);
      expect(table.numRows).toBeGreaterThan(1000);
      expect((error as Error).message).toContain(`the first ${table.numRows} rows are there`);
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});
