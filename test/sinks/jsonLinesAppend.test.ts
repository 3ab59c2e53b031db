import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toJsonLines } from '../../sinks/jsonLines/toJsonLines.ts';
import { writersFinished } from '../../sinks/sink.ts';
import type { ColumnDescription } from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import { fromJsonLines } from '../../src/sources/textLines/fromJsonLines.ts';
import type { Row } from '../../src/step.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { collected, recordedFields, temporaryDirectory } from '../sources/recordedRuns.ts';
import { specOf, watched } from '../training/resumableRun.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = () => join(directory, `${files++}.jsonl`);

const columns: readonly ColumnDescription[] = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: 'the step' },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: 'the loss' },
  { name: 'word', type: 'utf8', unit: '1', meaning: 'a word' },
];

function rowsFrom(begin: number, end: number, loss: number, described = columns): Row[] {
  const run = new Run('appended', described);
  return Array.from(
    { length: end - begin },
    (_, index) => ({ step: begin + index, loss, word: 'naïve →', run }) as Row,
  );
}

const write = (path: string, rows: readonly Row[], options: Parameters<typeof toJsonLines>[1] = {}) =>
  lastValueFrom(from(rows).pipe(toJsonLines(path, options)), { defaultValue: undefined });
const read = async (path: string) => (await collected(fromJsonLines<Row>(path))).map(recordedFields);

describe("toJsonLines with existing: 'append'", () => {
  it('goes on with a file that was cut off anywhere: no line is broken, no row is there twice', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(1 << 20), fc.nat(40), fc.boolean(), async (at, first, header) => {
        const path = newPath();
        await write(path, rowsFrom(0, 40, 1), { header });
        const bytes = readFileSync(path);
        const cut = at % (bytes.length + 1);
        truncateSync(path, cut);
        const whole = bytes.subarray(0, cut).toString('latin1').split('\n').length - 1;
        const there = Math.max(0, header ? whole - 1 : whole);
        await write(path, rowsFrom(first, 50, 2), { header, existing: 'append' });
        const kept = rowsFrom(0, Math.min(there, first), 1);
        expect(await read(path)).toEqual([...kept, ...rowsFrom(first, 50, 2)].map(recordedFields));
        const lines = readFileSync(path, 'utf8').trim().split('\n');
        expect(lines.filter((line) => line.includes('"onager"'))).toHaveLength(header ? 1 : 0);
      }),
      { numRuns: 60 },
    ));

  it('begins a file where there is none', async () => {
    const path = newPath();
    await write(path, rowsFrom(3, 9, 1), { existing: 'append' });
    expect(await read(path)).toHaveLength(6);
  });

  it.each<[string, ColumnDescription[], string]>([
    ['a column less', columns.slice(0, 2), "it has a column 'word' where this run has none"],
    [
      'another name',
      [columns[0]!, { ...columns[1]!, name: 'error' }, columns[2]!],
      "it has a column 'loss' where this run has 'error'",
    ],
    [
      'another unit',
      [columns[0]!, { ...columns[1]!, unit: 'nats' } as ColumnDescription, columns[2]!],
      "its column 'loss' is another",
    ],
    ['a column more', [...columns, { ...columns[1]!, name: 'error' }], "it has no column 'error'"],
  ])('refuses %s by name, and leaves the file as it is', async (_, described, reason) => {
    const path = newPath();
    await write(path, rowsFrom(0, 10, 1));
    const before = readFileSync(path);
    const rows = rowsFrom(5, 9, 2, described).map((row) => ({ ...row, error: 1 }) as Row);
    await expect(write(path, rows, { existing: 'append' })).rejects.toMatchObject({
      name: 'CannotWriteError',
      message: expect.stringContaining(`cannot write '${path}': ${reason}`),
    });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(directory).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('refuses a file of something else, and a file at all where it is to be new', async () => {
    const path = newPath();
    writeFileSync(path, 'notes of mine\nmore of them\n');
    await expect(write(path, rowsFrom(0, 3, 1), { existing: 'append' })).rejects.toThrow('its line 1 is no row');
    expect(readFileSync(path, 'utf8')).toBe('notes of mine\nmore of them\n');
    await expect(write(path, rowsFrom(0, 3, 1), { existing: 'error' })).rejects.toThrow('it exists');
    expect(() => toJsonLines(path, { existing: 'extend' as 'error' })).toThrow(RangeError);
  });
});

describe('the lines of a run that crashed and was resumed', () => {
  const spec = specOf({ optimizer: 'adam', schedule: 'constant', batchSize: 5, depth: 1, seed: 0 }, 24);
  const plain = (rows: object[]) => rows.map((row) => ({ ...row, seconds: 0 }));

  it('are those of a run that did not', async () => {
    const whole = newPath();
    await lastValueFrom(watched(spec).pipe(toJsonLines(whole)));
    const path = newPath();
    let checkpoint: Checkpoint | undefined;
    let crashed = '';
    const put = (taken: Checkpoint) => {
      checkpoint = taken;
    };
    const checkpoints = { every: 7, put };
    const run = watched(spec, { checkpoints }).pipe(
      toJsonLines(path),
      tap(({ step }) => {
        // What is on the disk when the checkpoint is there, and the beginning of a line that is not whole.
        if (step === 17) crashed = `${readFileSync(path, 'utf8')}{"step":15,"lo`;
      }),
      take(18),
    );
    await lastValueFrom(run);
    await writersFinished();
    expect(checkpoint?.step).toBeGreaterThan(0);
    const at = crashed.split('\n').length - 2;
    expect(at).toBeGreaterThanOrEqual(14);
    writeFileSync(path, crashed);
    await lastValueFrom(watched(spec, { resume: checkpoint! }).pipe(toJsonLines(path)));
    expect(plain(await read(path))).toEqual(plain(await read(whole)));

    // A file that has lost rows which were safe is not that of the run.
    writeFileSync(path, crashed.split('\n').slice(0, 5).join('\n'));
    await expect(lastValueFrom(watched(spec, { resume: checkpoint! }).pipe(toJsonLines(path)))).rejects.toThrow(
      /it has 3 whole rows before step \d+, and had \d+: expected the file of the run that was saved/,
    );
    expect(existsSync(path)).toBe(true);
  });
});
