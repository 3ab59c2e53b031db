import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { firstValueFrom, from, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toTensorBoard } from '../../sinks/tensorBoard/toTensorBoard.ts';
import { leafColumns } from '../../src/columns.ts';
import { encodeEvent } from '../../src/formats/tensorBoard/event.ts';
import { framed } from '../../src/formats/tensorBoard/recordFrame.ts';
import { type FromTensorBoardOptions, fromTensorBoard } from '../../src/sources/tensorBoard/fromTensorBoard.ts';
import type { TextNotice } from '../../src/sources/textLines/textNotice.ts';
import type { Row } from '../../src/step.ts';
import { anyRun, collected, recordedFields, temporaryDirectory } from './recordedRuns.ts';
import { scalarsOf } from './tensorBoardScalars.ts';

const directory = temporaryDirectory();
let folders = 0;

/** Written by TensorBoard's own record writer: simple values, tensors of one number, a vector to be passed over. */
const foreign =
  'GAAAAAAAAACjf0siCQAAAED8VNlBGg1icmFpbi5FdmVudDoy7O2PnSAAAAAAAAAAKe2pUAkAAEBA/FTZQRABKhMKEQoKdHJhaW4vbG9zcxUAAPBAVh6rFzIAAAAAAAAAJBlW7AkAAGBA/FTZQRABKiUKIwoIYWNjdXJhY3lCCggBEgAqBAAAAD5KCwoJCgdzY2FsYXJzuA0E3CEAAAAAAAAAAXvs9glmZmZA/FTZQRABKhQKEgoCbHJCDAgCMgiamZmZmZm5P3U/AYo7AAAAAAAAABojrFwJZmZmQPxU2UEQASouCiwKBnZlY3RvckIiCAISBBICCAMiGAAAAAAAAAAAAAAAAAAA8D8AAAAAAAAAQOLHA9UgAAAAAAAAACntqVAJAACAQPxU2UEQAioTChEKCnRyYWluL2xvc3MVAADAfzlAljQyAAAAAAAAACQZVuwJAACgQPxU2UEQAiolCiMKCGFjY3VyYWN5QgoIARIAKgQAAIA+SgsKCQoHc2NhbGFycyO/uXohAAAAAAAAAAF77PYJZmamQPxU2UEQAioUChIKAmxyQgwIAjIImpmZmZmZuT8xTlNHOwAAAAAAAAAaI6xcCWZmpkD8VNlBEAIqLgosCgZ2ZWN0b3JCIggCEgQSAggDIhgAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAn29+7IAAAAAAAAAAp7alQCQAAwED8VNlBEAMqEwoRCgp0cmFpbi9sb3NzFQAAgH9HLWupMgAAAAAAAAAkGVbsCQAA4ED8VNlBEAMqJQojCghhY2N1cmFjeUIKCAESACoEAAAAP0oLCgkKB3NjYWxhcnP+oC/uIQAAAAAAAAABe+z2CWZm5kD8VNlBEAMqFAoSCgJsckIMCAIyCJqZmZmZmbk/vVzNPDsAAAAAAAAAGiOsXAlmZuZA/FTZQRADKi4KLAoGdmVjdG9yQiIIAhIEEgIIAyIYAAAAAAAAAAAAAAAAAADwPwAAAAAAAABAE/05Rw==';

function newFolder(): string {
  const folder = join(directory, `run${folders++}`);
  mkdirSync(folder);
  return folder;
}

function scalars(step: number, ...values: [string, number][]): Uint8Array {
  return framed(encodeEvent({ wallTime: 1e9 + step, step, scalars: values, texts: [] }));
}

async function rowsOf(path: string, options: FromTensorBoardOptions = {}) {
  const notices: TextNotice[] = [];
  const rows = await collected(
    fromTensorBoard(path, { follow: false, ...options, onNotice: (notice) => notices.push(notice) }),
  );
  return { rows: rows.map(recordedFields), run: rows[0]?.run, notices };
}

describe('fromTensorBoard', () => {
  it('reads what TensorBoard itself writes, a row a step, from the folder or the file', async () => {
    const folder = newFolder();
    const file = join(folder, 'events.out.tfevents.1700000000.host');
    writeFileSync(file, Buffer.from(foreign, 'base64'));
    for (const path of [folder, file]) {
      const { rows, run, notices } = await rowsOf(path);
      expect(rows).toMatchObject([
        { step: 1, loss: 7.5, accuracy: 0.125, learningRate: 0.1 },
        { step: 2, loss: Number.NaN, accuracy: 0.25, learningRate: 0.1 },
        { step: 3, loss: Number.POSITIVE_INFINITY, accuracy: 0.5, learningRate: 0.1 },
      ]);
      expect(rows[1]!.seconds).toBeCloseTo(1, 5);
      expect(run!.metadata.format).toBe('tensorboard');
      expect(notices).toMatchObject([{ kind: 'format' }]);
    }
  });

  it('gives back, of what toTensorBoard wrote, every number as float32 and every step', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async ({ run, rows }) => {
        const folder = newFolder();
        await collected(from(rows).pipe(toTensorBoard(folder)));
        expect(readdirSync(folder)).toHaveLength(1);
        const numbers = leafColumns(run.columns).filter(
          ({ path, column }) => column.type !== 'utf8' && path.join() !== 'step',
        );
        const written = rows.flatMap((row) => {
          const found = numbers.flatMap(({ path }) => {
            const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], row);
            return value === null || value === undefined ? [] : [[path.join('/'), Math.fround(Number(value))] as const];
          });
          return found.length === 0 ? [] : [{ step: row.step, found }];
        });
        const bytes = readFileSync(join(folder, readdirSync(folder)[0]!));
        const read = scalarsOf(bytes);
        expect(read).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });

  it('follows a file that grows, piece by piece, and the next one in the folder', async () => {
    const folder = newFolder();
    const first = join(folder, 'events.out.tfevents.1000000001.a');
    const bytes = Buffer.concat([1, 2, 3].map((step) => scalars(step, ['loss', step], ['lr', 1])));
    const rows = firstValueFrom(fromTensorBoard(folder, { poll: 5 }).pipe(take(5), toArray()));
    for (let at = 0; at < bytes.length; at += 37) {
      appendFileSync(first, bytes.subarray(at, at + 37));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    writeFileSync(
      join(folder, 'events.out.tfevents.1000000002.a'),
      Buffer.concat([scalars(4, ['loss', 4]), scalars(5, ['loss', 5])]),
    );
    expect((await rows).map(({ step, loss }) => [step, loss])).toEqual([1, 2, 3, 4, 5].map((step) => [step, step]));
  });

  it('passes over what is damaged, says where, and reads the rest where that can be found', async () => {
    const folder = newFolder();
    const file = join(folder, 'events.out.tfevents.1000000001.a');
    const records = [1, 2, 3].map((step) => scalars(step, ['loss', step]));
    records[1]![20]! ^= 1;
    const bytes = Buffer.concat(records);
    writeFileSync(file, bytes);
    const damaged = await rowsOf(folder);
    expect(damaged.rows.map(({ step }) => step)).toEqual([1, 3]);
    expect(damaged.notices.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(`byte ${records[0]!.length}: the data of a record have a bad checksum`),
    );
    truncateSync(file, bytes.length - 3);
    const cut = await rowsOf(folder);
    expect(cut.notices.map(({ text }) => text)).toContainEqual(expect.stringMatching(/the last record is cut off/));
  });

  it('reads a file again that was written anew', async () => {
    const file = join(newFolder(), 'events.out.tfevents.1000000001.a');
    writeFileSync(file, Buffer.concat([scalars(1, ['loss', 1]), scalars(2, ['loss', 2])]));
    const notices: string[] = [];
    const rows = firstValueFrom(
      fromTensorBoard(file, { poll: 5, onNotice: ({ kind }) => notices.push(kind) }).pipe(take(3), toArray()),
    );
    await new Promise((resolve) => setTimeout(resolve, 40));
    writeFileSync(file, scalars(7, ['loss', 3]));
    expect((await rows).map(({ step }) => step)).toEqual([1, 2, 7]);
    expect(notices).toContain('restarted');
  });

  it.each([
    ['nowhere', /ENOENT/],
    ['empty', /no event file in it/],
    ['nested', /runs in folders of it \(train\)/],
    ['lossless', /no field is known to be the loss: say which of 'step', 'seconds', 'accuracy' is/],
  ])('says in a line what is wrong with a folder: %s', async (kind, message) => {
    const folder = newFolder();
    if (kind === 'nested') {
      mkdirSync(join(folder, 'train'));
      writeFileSync(join(folder, 'train', 'events.out.tfevents.1.a'), '');
    }
    if (kind === 'lossless') writeFileSync(join(folder, 'events.out.tfevents.1.a'), scalars(1, ['accuracy', 1]));
    await expect(rowsOf(kind === 'nowhere' ? join(folder, 'x') : folder)).rejects.toThrow(message);
  });

  it('refuses a poll that is none, and a path that is none', () => {
    expect(() => fromTensorBoard('x', { poll: 0 })).toThrow(/poll 0/);
    expect(() => toTensorBoard<Row>('')).toThrow(/expected the path of a folder/);
  });
});
