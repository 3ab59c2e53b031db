import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import type { Row } from '../../src/step.ts';
import { anyRun, collected, recordedFields } from '../sources/recordedRuns.ts';
import { readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = () => join(directory, `${files++}.arrows`);

describe('the small batches of a stream', () => {
  it('are joined in the finished file, value by value, whatever the columns', () =>
    fc.assert(
      fc.asyncProperty(
        anyRun,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 12 }),
        async ({ run, rows }, batchRows, repeats, finishedBatchRows) => {
          const path = newPath();
          const many = Array.from({ length: repeats }, () => rows)
            .flat()
            .map((row, step): Row => ({ ...row, step, run }));
          await lastValueFrom(from(many).pipe(toArrow(path, { batchRows, finishedBatchRows, flushEvery: 60_000 })));
          const again = await collected(fromArrow<Row>(path));
          expect(again.map(recordedFields)).toEqual(many.map(recordedFields));
          const table = readArrow(path);
          const sizes = table.batches.map(({ numRows }) => numRows);
          // No two neighbours would have fitted into one, and none is larger than it has to be.
          for (const size of sizes) expect(size).toBeLessThanOrEqual(Math.max(batchRows, finishedBatchRows));
          for (const [index, size] of sizes.slice(1).entries())
            expect(sizes[index]! + Math.min(batchRows, size)).toBeGreaterThan(finishedBatchRows);
          expect(table.numRows).toBe(many.length);
        },
      ),
      { numRuns: 40 },
    ));

  it('are joined up to a size that memory can bear', async () => {
    const path = newPath();
    const rows = Array.from({ length: 40 }, (_, step) => ({ step, note: 'x'.repeat(1 << 20) }));
    await lastValueFrom(from<Row[]>(rows).pipe(toArrow(path, { batchRows: 1 })));
    const table = readArrow(path);
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([15, 15, 10]);
    expect(rowsOf(table)).toEqual(rows.map(({ step, note }) => ({ step, note })));
  });

  it('stay as they are where one of them is damaged, and the others are of use', async () => {
    const path = newPath();
    const rows = Array.from({ length: 12 }, (_, step) => ({ step, note: `note ${step}` }));
    await lastValueFrom(from<Row[]>(rows).pipe(toArrow(path, { batchRows: 3, finishedBatchRows: 3 })));
    const file = readFileSync(path);
    // The end of the last text of the second batch, in its offsets.
    const at = file.indexOf(Buffer.from(Int32Array.of(0, 6, 12, 18).buffer), file.indexOf('note 2'));
    file.writeInt32LE(-5, at + 8);
    const stream = file.subarray(8, file.lastIndexOf(Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])));
    writeFileSync(path, stream);
    expect(await recoverArrow(path)).toMatchObject({ rows: 12, recovered: true });
    expect(readArrow(path).batches).toHaveLength(4);
    await expect(collected(fromArrow<Row>(path))).rejects.toThrow("damaged text in column 'note'");
    const kept = await collected(fromArrow<Row>(path, { without: ['note'] }));
    expect(kept.map(({ step }) => step)).toEqual(rows.map(({ step }) => step));
  });
});
