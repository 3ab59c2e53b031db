import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { from, lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { disk } from '../../src/formats/arrow/disk.ts';
import { scan } from '../../src/formats/arrow/scan.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
const path = join(directory, 'damaged.arrows');
const whole = join(directory, 'whole.arrows');
/** The same run as a stream without an end marker, and where each of its messages ends. */
let stream = new Uint8Array();
const ends: number[] = [];
let rows: Record<string, unknown>[] = [];

beforeAll(async () => {
  const given = Array.from({ length: 20 }, (_, step) => ({ step, loss: 1 / step, word: 'w'.repeat(step) }));
  await lastValueFrom(from(given).pipe(toArrow(whole, { batchRows: 6, finishedBatchRows: 6 })));
  const table: Table = readArrow(whole);
  rows = rowsOf(table);
  const file = readFileSync(whole);
  for (let position = 8; file.readInt32LE(position + 4) !== 0; ) {
    position += lengthAt(file, position);
    ends.push(position - 8);
  }
  stream = file.subarray(8, 8 + ends.at(-1)!);
});

/** The length of the message at a position: that of its metadata and, as the next message follows, of its body. */
function lengthAt(file: Buffer, position: number): number {
  const metadata = 8 + file.readInt32LE(position + 4);
  for (let length = metadata; ; length += 8) if (file.readInt32LE(position + length) === -1) return length;
}

describe('recoverArrow', () => {
  it('keeps every whole batch of a stream cut off anywhere, and counts the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: ends[0]!, max: stream.length }), fc.boolean(), async (cut, framed) => {
        const start = framed ? readFileSync(whole).subarray(0, 8) : new Uint8Array();
        writeFileSync(path, Buffer.concat([start, stream.subarray(0, cut)]));
        const batches = ends.filter((end) => end <= cut).length - 1;
        const kept = Math.min(20, batches * 6);
        const lostBytes = cut - ends[batches]!;
        const recovery = await recoverArrow(path);
        expect(recovery).toMatchObject({ path, recovered: true, rows: kept, batches, lostBytes });
        if (lostBytes === 0) expect(recovery.lostRows).toBe(0);
        else expect([null, Math.min(6, 20 - kept)]).toContain(recovery.lostRows);
        expect(isFinished(path)).toBe(true);
        expect(rowsOf(readArrow(path))).toEqual(rows.slice(0, kept));
        expect(await recoverArrow(path)).toMatchObject({ recovered: false, rows: kept, lostBytes: 0, lostRows: 0 });
      }),
      { numRuns: 60 },
    );
  });

  it('says how many rows a batch had that was cut off in its body', async () => {
    writeFileSync(path, stream.subarray(0, ends[2]! - 8));
    expect(await recoverArrow(path)).toMatchObject({ rows: 6, lostRows: 6 });
  });

  it('says so too of a batch whose first bytes were still to be written', async () => {
    const cut = Buffer.from(stream.subarray(0, ends[2]!));
    cut.fill(0, ends[1]!, ends[1]! + 8);
    writeFileSync(path, cut);
    expect(readArrow(path).numRows).toBe(6);
    expect(await recoverArrow(path)).toMatchObject({ rows: 6, lostBytes: ends[2]! - ends[1]!, lostRows: 6 });
  });

  it('never makes rows of nothing, whichever byte is damaged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
        const damaged = Buffer.from(stream);
        damaged[position]! ^= flip;
        writeFileSync(path, damaged);
        const fd = openSync(path, 'r');
        try {
          const found = await scan(fd, damaged.length, disk);
          expect(found.rows).toBeLessThanOrEqual(20);
          expect(tableFromIPC(damaged.subarray(found.begin, found.end)).numRows).toBe(found.rows);
        } catch (error) {
          expect((error as Error).message).toContain('expected a file that toArrow wrote');
        } finally {
          closeSync(fd);
        }
      }),
      // The example once met fields without a type.
      { numRuns: 2000, examples: [[575, 18]] },
    );
  });

  it('writes elsewhere when asked to, leaving the damaged file', async () => {
    const cut = stream.subarray(0, ends[3]! - 3);
    writeFileSync(path, cut);
    const into = join(directory, 'new', 'recovered.arrows');
    expect(await recoverArrow(path, into)).toMatchObject({ path: into, rows: 12, lostRows: 6 });
    expect(rowsOf(readArrow(into))).toEqual(rows.slice(0, 12));
    expect(readFileSync(path)).toEqual(Buffer.from(cut));
    await expect(recoverArrow(path, into)).rejects.toThrow('it exists: expected a new path');
  });

  it('leaves a finished run as it is', async () => {
    const before = readFileSync(whole);
    expect(await recoverArrow(whole)).toEqual({
      path: whole,
      recovered: false,
      rows: 20,
      batches: 4,
      lostBytes: 0,
      lostRows: 0,
    });
    expect(readFileSync(whole)).toEqual(before);
  });

  it.each([
    ['missing', () => {}, 'ENOENT'],
    ['empty', (at: string) => writeFileSync(at, ''), 'no Arrow schema at its beginning'],
    [
      'text',
      (at: string) => writeFileSync(at, '{"step": 0, "loss": 1}\n'.repeat(50)),
      'no Arrow schema at its beginning',
    ],
    ['zeros', (at: string) => writeFileSync(at, new Uint8Array(5000)), 'no Arrow schema at its beginning'],
    ['directory', (at: string) => mkdirSync(at), 'EISDIR'],
  ])('says in one line what is wrong with a file that is %s', async (name, make, reason) => {
    const at = join(directory, name);
    make(at);
    const error = await recoverArrow(at).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toContain(`cannot recover '${at}'`);
    expect(message).toContain(reason);
    expect(message).not.toContain('\n');
  });
});
