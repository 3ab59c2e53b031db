import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/randomness.ts';
import { readCifar, readCifar10, readCifar100 } from '../../src/sources/cifarFiles.ts';
import { type CifarLabels, parseCifar } from '../../src/tasks/cifar.ts';
import { expectMalformed } from './malformed.ts';

const limits = { cifar10: [10], 'cifar100-coarse': [20, 100], 'cifar100-fine': [20, 100] };

/** Records with random labels and pixels, a colour plane after the other. */
function records(count: number, labels: CifarLabels, seed: number): Uint8Array {
  const stream = randomStream(seed, 'cifar');
  const one = () => [
    ...limits[labels].map((limit) => stream.integer(limit)),
    ...Array.from({ length: 3072 }, () => stream.integer(256)),
  ];
  return Uint8Array.from(Array.from({ length: count }, one).flat());
}

const kinds = fc.constantFrom<CifarLabels>('cifar10', 'cifar100-coarse', 'cifar100-fine');

describe('CIFAR bytes', () => {
  it('what was written is read: the label asked for, and the three colours of a pixel side by side', () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 3 }), fc.nat(), (labels, count, seed) => {
        const bytes = records(count, labels, seed);
        const found = parseCifar(bytes, labels, 'f');
        expect(found).toMatchObject({ count, height: 32, width: 32, channels: 3 });
        const before = limits[labels].length;
        for (let image = 0; image < count; image++) {
          const start = image * (before + 3072);
          expect(found.labels[image]).toBe(bytes[start + (labels === 'cifar100-fine' ? 1 : 0)]);
          for (const [y, x, channel] of [
            [0, 0, 0],
            [5, 7, 1],
            [31, 31, 2],
            [31, 0, 0],
          ] as const) {
            const there = found.pixels[((image * 32 + y) * 32 + x) * 3 + channel];
            expect(there).toBe(bytes[start + before + channel * 1024 + y * 32 + x]);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('truncated anywhere, or with bytes to spare: an error that says where', () => {
    fc.assert(
      fc.property(kinds, fc.nat(), fc.integer({ min: 1, max: 3000 }), (labels, cut, more) => {
        const bytes = records(2, labels, 1);
        const length = cut % bytes.length;
        for (const wrong of [bytes.subarray(0, length), Uint8Array.from([...bytes, ...new Uint8Array(more)])]) {
          if (wrong.length > 0 && wrong.length % (bytes.length / 2) === 0) continue;
          try {
            parseCifar(wrong, labels, 'some-file');
            expect.unreachable();
          } catch (error) {
            expectMalformed(error, 'some-file', wrong.length);
          }
        }
      }),
    );
  });

  it('says what is wrong with it', () => {
    const bytes = records(2, 'cifar100-fine', 3);
    bytes[3074] = 20;
    expect(() => parseCifar(bytes, 'cifar100-fine', 'f')).toThrow(
      'f: at byte 3074: expected a class of 0 to 19, found 20',
    );
    expect(() => parseCifar(bytes, 'cifar10', 'f')).toThrow(
      'f: at byte 6146: expected records of 3073 bytes, found 2 bytes',
    );
    expect(() => parseCifar(new Uint8Array(), 'cifar10', 'f')).toThrow('f: at byte 0: expected records');
  });
});

describe('folders of CIFAR', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onager-cifar-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('the batches in order; a missing one is named', async () => {
    const batches = [1, 2, 3, 4, 5].map((seed) => records(seed, 'cifar10', seed));
    await Promise.all(batches.map((bytes, index) => writeFile(join(folder, `data_batch_${index + 1}.bin`), bytes)));
    await expect(readCifar10(folder)).rejects.toThrow(
      /test_batch\.bin: cannot be read \(no such file\): expected a CIFAR/,
    );
    await writeFile(join(folder, 'test_batch.bin'), gzipSync(records(2, 'cifar10', 6)));
    const { train, test } = await readCifar10(folder);
    expect([train.count, test.count, train.pixels.length]).toEqual([15, 2, 15 * 3072]);
    expect([...train.labels.subarray(1, 3)]).toEqual([...parseCifar(batches[1]!, 'cifar10', '').labels]);
    expect(train.pixels.subarray(3072, 6144)).toEqual(parseCifar(batches[1]!, 'cifar10', '').pixels.subarray(0, 3072));
  });

  it('CIFAR-100, fine and coarse', async () => {
    await writeFile(join(folder, 'train.bin'), records(3, 'cifar100-fine', 1));
    await writeFile(join(folder, 'test.bin'), records(2, 'cifar100-fine', 2));
    const fine = await readCifar100(folder);
    const coarse = await readCifar100(folder, 'coarse');
    expect([fine.train.count, fine.test.count]).toEqual([3, 2]);
    expect(coarse.train.labels.every((label) => label < 20)).toBe(true);
    expect(fine.train.pixels).toEqual(coarse.train.pixels);
    await expect(readCifar([], 'cifar10')).rejects.toThrow('readCifar: files = []: expected at least one');
  });
});
