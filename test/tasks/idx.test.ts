import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIdxPair } from '../../src/sources/idxFiles.ts';
import { IdxError, parseIdx } from '../../src/tasks/idx.ts';
import { idxBytes } from './idxBytes.ts';

const arrays = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }).chain((shape) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return fc.record({ shape: fc.constant(shape), values: fc.uint8Array({ minLength: size, maxLength: size }) });
});

/** The parsed array, or the error, which must be an IdxError naming the file and a byte of it. */
function parsed(bytes: Uint8Array, dimensions: number) {
  try {
    return parseIdx(bytes, dimensions, 'some-file');
  } catch (error) {
    expect(error).toBeInstanceOf(IdxError);
    const { message } = error as IdxError;
    expect(message).toMatch(/^some-file: at byte \d+: expected [^\n]+$/);
    expect(Number(/at byte (\d+)/.exec(message)![1])).toBeLessThanOrEqual(bytes.length);
    return error as IdxError;
  }
}

describe('IDX bytes', () => {
  it('what was written is read, also from the middle of a larger buffer', () => {
    fc.assert(
      fc.property(arrays, fc.nat({ max: 9 }), ({ shape, values }, offset) => {
        const bytes = idxBytes(shape, values);
        const larger = new Uint8Array(bytes.length + offset + 3).fill(7);
        larger.set(bytes, offset);
        const found = parseIdx(larger.subarray(offset, offset + bytes.length), shape.length, 'some-file');
        expect(found.shape).toEqual(shape);
        expect([...found.values]).toEqual([...values]);
      }),
    );
  });

  it('truncated anywhere, or with bytes to spare: an error', () => {
    fc.assert(
      fc.property(arrays, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 5 }), ({ shape, values }, cut, more) => {
        const bytes = idxBytes(shape, values);
        expect(parsed(bytes.subarray(0, cut % bytes.length), shape.length)).toBeInstanceOf(IdxError);
        expect(parsed(Uint8Array.from([...bytes, ...more]), shape.length)).toBeInstanceOf(IdxError);
      }),
    );
  });

  it('a byte of the header changed: an error, and of the values: that value', () => {
    fc.assert(
      fc.property(arrays, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ shape, values }, at, flip) => {
        const bytes = idxBytes(shape, values);
        const where = at % bytes.length;
        bytes[where]! ^= flip;
        const found = parsed(bytes, shape.length);
        const header = 4 + 4 * shape.length;
        if (where < header) expect(found).toBeInstanceOf(IdxError);
        else expect([...(found as { values: Uint8Array }).values]).toEqual([...bytes.subarray(header)]);
      }),
    );
  });

  it('any bytes whatever: an array or an IdxError, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (bytes, dimensions) => {
        void parsed(bytes, dimensions);
        // The same behind a right magic number, where it gets further.
        void parsed(Uint8Array.from([0, 0, 8, dimensions, ...bytes]), dimensions);
      }),
    );
  });

  it('says what is wrong with it', () => {
    const bytes = idxBytes([2, 2], [1, 2, 3, 4]);
    expect(() => parseIdx(bytes, 3, 'f')).toThrow(
      'f: at byte 0: expected the magic number 0x00000803 (unsigned bytes, 3 dimensions), found 0x00000802',
    );
    expect(() => parseIdx(idxBytes([2, 0], []), 2, 'f')).toThrow(
      'f: at byte 8: expected dimension 2 to be at least 1, found 0',
    );
    expect(() => parseIdx(bytes.subarray(0, 14), 2, 'f')).toThrow(
      'f: at byte 14: expected 12 + 2 x 2 = 16 bytes, found 14',
    );
    expect(() => parseIdx(Uint8Array.of(0, 0, 8), 1, 'f')).toThrow('found 3 bytes in all');
  });
});

describe('a pair of IDX files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onager-idx-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function written(name: string, bytes: Uint8Array): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, bytes);
    return file;
  }

  const pixels = Uint8Array.from({ length: 12 }, (_, index) => index * 20);
  const images = idxBytes([2, 2, 3], pixels);
  const labels = idxBytes([2], [7, 1]);

  it('plain or gzipped, in any mixture', async () => {
    for (const zipImages of [false, true]) {
      for (const zipLabels of [false, true]) {
        const pair = await readIdxPair(
          await written('images', zipImages ? gzipSync(images) : images),
          await written('labels', zipLabels ? gzipSync(labels) : labels),
        );
        expect(pair).toMatchObject({ count: 2, height: 2, width: 3 });
        expect([...pair.pixels]).toEqual([...pixels]);
        expect([...pair.labels]).toEqual([7, 1]);
      }
    }
  });

  it('one-line errors that name the file', async () => {
    const good = await written('images', images);
    const zipped = await written('cut.gz', gzipSync(images).subarray(0, 25));
    const goodLabels = await written('labels', labels);
    const cases: [string, string, RegExp][] = [
      [join(folder, 'absent'), goodLabels, /absent: cannot be read \(no such file\): expected an IDX file$/],
      [folder, goodLabels, /cannot be read \(it is a directory\): expected an IDX file$/],
      [zipped, goodLabels, /cut\.gz: cannot be unzipped \(.+\): expected a gzipped IDX file$/],
      [goodLabels, goodLabels, /labels: at byte 0: expected the magic number 0x00000803/],
      [good, good, /images: at byte 0: expected the magic number 0x00000801/],
      [good, await written('three', idxBytes([3], [1, 2, 3])), /three: at byte 4: expected 2 labels .*found 3$/],
      [good, await written('empty', new Uint8Array()), /empty: at byte 0: expected an IDX header, found 0 bytes/],
    ];
    for (const [first, second, message] of cases) {
      const failure = await readIdxPair(first, second).then(
        () => new Error('nothing was wrong'),
        (error: Error) => error,
      );
      expect(failure.message).toMatch(message);
      expect(failure.message).not.toContain('\n');
    }
  });
});
