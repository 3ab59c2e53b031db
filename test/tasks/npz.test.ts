import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, readNpz } from '../../src/sources/numpyFiles.ts';
import { zipEntries } from '../../src/tasks/zip.ts';
import { expectMalformed } from './malformed.ts';
import { npyBytes } from './npyBytes.ts';
import { zipBytes } from './zipBytes.ts';

const arrays = {
  'x.npy': npyBytes('|u1', [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6)),
  'y.npy': npyBytes('<f4', [2], new Uint8Array(Float32Array.of(-1, 0.5).buffer)),
};

let folder = '';
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onager-npz-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(bytes: Uint8Array): Promise<string> {
  const file = join(folder, `${number++}.npz`);
  await writeFile(file, bytes);
  return file;
}

/** The arrays of an archive, or the error, which must name the file and a byte of it. */
async function readAgain(bytes: Uint8Array) {
  const file = await written(bytes);
  try {
    return await readNpz(file);
  } catch (error) {
    expectMalformed(error, file, bytes.length);
    return error as Error;
  }
}

describe('NPZ', () => {
  it.each([{}, { compressed: true }, { comment: 'PK\x05\x06 and so on, more than a record long' }])(
    '%j: every array by name',
    async (options) => {
      const found = await readNpz(await written(zipBytes(arrays, options)));
      expect([...found.keys()]).toEqual(['x', 'y']);
      expect(found.get('x')).toEqual({ shape: [2, 3], values: Uint8Array.of(1, 2, 3, 4, 5, 6) });
      expect([...found.get('y')!.values]).toEqual([-1, 0.5]);
    },
  );

  it('NPY by itself', async () => {
    expect((await readNpy(await written(arrays['y.npy']))).shape).toEqual([2]);
    await expect(readNpy(join(folder, 'absent'))).rejects.toThrow(/absent: cannot be read .*: expected an NPY file$/);
  });

  it.each([false, true])(
    'compressed %s: truncated, or a byte changed: an error or the same arrays',
    async (compressed) => {
      const bytes = zipBytes(arrays, { compressed });
      const whole = await readNpz(await written(bytes));
      for (let length = 0; length < bytes.length; length += 3) {
        expect(await readAgain(bytes.subarray(0, length))).toBeInstanceOf(Error);
      }
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        changed[at]! ^= 1 << (at % 8);
        const found = await readAgain(changed);
        // The checksum guards the values; times, versions and names are nobody's business but the name's owner's.
        if (!(found instanceof Error)) expect([...found.values()]).toEqual([...whole.values()]);
      }
    },
  );

  it('any bytes whatever before an end record: nothing but entries or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes, end) => {
        const all = Uint8Array.from([...bytes, 0x50, 0x4b, 5, 6, ...end, 0, 0]);
        try {
          zipEntries(all, 'f');
        } catch (error) {
          expectMalformed(error, 'f', all.length);
        }
      }),
    );
  });

  it('says what is wrong with it', async () => {
    const bytes = zipBytes(arrays, { compressed: true });
    const directory = Buffer.from(bytes).indexOf('PK\x01\x02', 0, 'latin1');
    const changed = (at: number, ...values: number[]) => {
      const copy = bytes.slice();
      copy.set(values, directory + at);
      return copy;
    };
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /at byte 0: expected a ZIP archive, with its end record$/],
      [changed(8, 1), /"x\.npy": expected a file that is not encrypted$/],
      [changed(10, 12), /"x\.npy": expected it stored or deflated, found compression method 12$/],
      [changed(24, 255, 255, 255, 255), /"x\.npy": expected less than 4 GiB$/],
      // A file of 4 GB out of a hundred bytes would be a bomb.
      [changed(24, 254, 255, 255, 255), /"x\.npy": expected a size that \d+ stored bytes can have, found 4294967294$/],
      [changed(16, 1, 2, 3, 4), /expected "x\.npy" to have the checksum that the archive gives$/],
      [zipBytes({ 'readme.txt': new Uint8Array(3) }), /expected arrays only, found "readme\.txt"$/],
      [zipBytes({ 'x.npy': new Uint8Array(3) }), /npz\/x\.npy: at byte 0: expected the magic \\x93NUMPY$/],
    ];
    for (const [wrong, message] of cases) await expect(readNpz(await written(wrong))).rejects.toThrow(message);
  });
});
