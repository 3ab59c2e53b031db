import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { toJsonLines } from '../../sinks/jsonLines/toJsonLines.ts';
import { type ColumnDescription, vectorGroup } from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import { readArrowSamples } from '../../src/sources/arrow/readArrowSamples.ts';
import { fromJsonLines } from '../../src/sources/textLines/fromJsonLines.ts';
import type { Row } from '../../src/step.ts';
import { collected, recordedFields } from '../sources/recordedRuns.ts';
import { readArrow, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = (end = 'arrows') => join(directory, `${files++}.${end}`);
const done = (rows: readonly Row[], path: string, options = {}) =>
  lastValueFrom(from(rows).pipe(toArrow(path, options)), { defaultValue: undefined });

const step: ColumnDescription = { name: 'step', type: 'int32', unit: 'steps', meaning: 'number of updates' };
const eigenvalues = (length: number, more = {}) =>
  vectorGroup({
    name: 'eigenvalues',
    length,
    type: 'float64',
    unit: 'eigenvalue',
    meaning: 'the largest, descending',
    ...more,
  });
const curvature = (...columns: ColumnDescription[]): ColumnDescription => ({
  name: 'hessian',
  meaning: 'curvature of the loss',
  columns,
});
const runOf = (...columns: ColumnDescription[]) => new Run('vectors', [step, curvature(...columns)]);
const rowsOf = (run: Run, ...values: unknown[]) =>
  values.map((value, index) => ({ step: index, hessian: { eigenvalues: value }, run }) as unknown as Row);

describe('a vector in an Arrow file', () => {
  it('is a list of fixed size, whose field says what is in it', async () => {
    const path = newPath();
    const places = { meaningAt: (place: number) => `${place + 1}. largest`, nullable: true, axis: 'log' };
    const run = runOf(eigenvalues(3, places));
    await done(rowsOf(run, [3, 2, 1], null), path);
    const field = readArrow(path).schema.fields[1]!.type.children[0]!;
    expect(String(field.type)).toBe('FixedSizeList[3]<Float64>');
    expect(field.nullable).toBe(true);
    expect(Object.fromEntries(field.metadata)).toEqual({
      meaning: 'the largest, descending',
      role: 'vector',
      unit: 'eigenvalue',
      axis: 'log',
    });
    const item = field.type.children[0]!;
    expect([item.name, item.nullable]).toEqual(['item', false]);
    expect(Object.fromEntries(item.metadata)).toEqual({ meanings: '["1. largest","2. largest","3. largest"]' });
    expect((await collected(fromArrow<Row>(path)))[0]!.run!.columns).toEqual(run.columns);
  });

  it('is an array again, whether it was one or a typed one; NaN and infinities are data', async () => {
    const path = newPath();
    const run = runOf(eigenvalues(2, { nullable: true, nullableElements: true }));
    const given = [[Number.NaN, -0], Float32Array.of(Number.POSITIVE_INFINITY, 0.5), null, [null, 1], undefined];
    await done(rowsOf(run, ...given, new Float64Array(2)), path, { batchRows: 2, finishedBatchRows: 4 });
    expect((await collected(fromArrow<Row>(path))).map(recordedFields)).toEqual(
      rowsOf(run, [Number.NaN, -0], [Number.POSITIVE_INFINITY, 0.5], null, [null, 1], null, [0, 0]).map(recordedFields),
    );
  });

  it.each<[unknown, string]>([
    [[1, 2], "'hessian.eigenvalues' got an array of 2: expected an array of 3"],
    [new Float32Array(4), "'hessian.eigenvalues' got an array of 4: expected an array of 3"],
    [null, "'hessian.eigenvalues' got null: expected an array of 3"],
    [{ 0: 1, 1: 2, 2: 3, length: 3 }, "'hessian.eigenvalues' got an object: expected an array of 3"],
    ['123', `'hessian.eigenvalues' got the string "123": expected an array of 3`],
    [[1, null, 3], "'hessian.eigenvalues.1' got null: expected a number"],
    [[1, 2, 'x'], `'hessian.eigenvalues.2' got the string "x": expected a number`],
  ])('refuses %j with a line, in Arrow and in JSON lines, and keeps the rows before', async (value, message) => {
    const rows = rowsOf(runOf(eigenvalues(3)), [3, 2, 1], value);
    for (const [path, writer, reader] of [
      [newPath(), toArrow, fromArrow],
      [newPath('jsonl'), toJsonLines, fromJsonLines],
    ] as const) {
      const failure = lastValueFrom(from(rows).pipe(writer(path) as ReturnType<typeof toArrow>));
      await expect(failure).rejects.toMatchObject({
        name: 'RowMismatchError',
        message: expect.stringContaining(`step 1: column ${message}`),
      });
      expect((await collected(reader<Row>(path))).map(recordedFields)).toEqual(rows.slice(0, 1).map(recordedFields));
    }
  });

  it('has to be of the same length in a file that is appended to', async () => {
    const path = newPath();
    await done(rowsOf(runOf(eigenvalues(3)), [3, 2, 1]), path);
    const before = readFileSync(path);
    const append = (length: number, more = {}) =>
      done(rowsOf(runOf(eigenvalues(length, more)), [1, 2], [1, 2]).slice(1), path, { existing: 'append' });
    await expect(append(2)).rejects.toThrow(
      "its column 'hessian.eigenvalues' is a vector of 3: expected a vector of 2",
    );
    await expect(append(3, { type: 'int32' })).rejects.toThrow("'hessian.eigenvalues.item' is Float64: expected Int32");
    await expect(
      done(rowsOf(runOf({ ...eigenvalues(3), role: 'event' }), null), path, { existing: 'append' }),
    ).rejects.toThrow("'hessian.eigenvalues' is a vector of 3: expected a group, nullable");
    expect(readFileSync(path)).toEqual(before);
  });

  it('is refused when its columns cannot be its elements', async () => {
    const { columns, ...vector } = eigenvalues(2);
    const bad = { ...vector, columns: [columns[0]!, { ...columns[1]!, unit: 'norm' }] } as ColumnDescription;
    await expect(done(rowsOf(runOf(bad), [1, 2]), newPath())).rejects.toThrow(
      "vector 'eigenvalues' has a column '1' at place 1: expected columns named by their places",
    );
  });

  it('never makes rows of nothing where a byte is damaged, and can be recovered', async () => {
    const words = vectorGroup({ name: 'words', length: 2, type: 'utf8', unit: '1', meaning: 'two words' });
    const run = new Run('vectors', [step, curvature(eigenvalues(3, { nullable: true })), words]);
    const rows = rowsOf(run, [3, 2, 1], null, [Number.NaN, 0, 1], [1, 1, 1], [2, 2, 2]).map(
      (row, index) => ({ ...row, words: ['w'.repeat(index), 'x'] }) as Row,
    );
    const path = newPath();
    await done(rows, path, { batchRows: 2, finishedBatchRows: 2 });
    const file = readFileSync(path);
    const stream = file.subarray(8, file.lastIndexOf(Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])));
    writeFileSync(path, stream);
    expect(await recoverArrow(path)).toMatchObject({ rows: 5, recovered: true });
    expect((await collected(fromArrow<Row>(path))).map(recordedFields)).toEqual(rows.map(recordedFields));
    await fc.assert(
      fc.asyncProperty(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
        const damaged = Buffer.from(stream);
        damaged[position]! ^= flip;
        writeFileSync(path, damaged);
        const lengths: unknown[] = [];
        const seen = tap<Row>((row) => lengths.push((row as { words?: unknown[] }).words?.length));
        const error = await collected(fromArrow<Row>(path).pipe(seen)).then(
          () => undefined,
          ({ message }: Error) => message,
        );
        expect(lengths.length).toBeLessThanOrEqual(5);
        // A damaged name is another field.
        expect([2, undefined]).toEqual(expect.arrayContaining(lengths));
        if (lengths.length < 5 && error !== undefined) expect(error).toMatch(/^cannot replay [^\n]+$/);
      }),
      { numRuns: 300 },
    );
  });

  it('is as many numbers of a sample as it is long', async () => {
    const path = newPath();
    await done(
      rowsOf(runOf(), 0, 0).map((row, index) => ({ ...row, run: top, top: [index, 0.5] }) as Row),
      path,
    );
    const { inputs } = await readArrowSamples(path, { inputs: ['top'], targets: 'step' });
    expect(Array.from(inputs)).toEqual([0, 0.5, 1, 0.5]);
  });
});

const top = new Run('samples', [
  step,
  vectorGroup({ name: 'top', length: 2, type: 'float64', unit: '1', meaning: 'two numbers' }),
]);
