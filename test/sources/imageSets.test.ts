import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodedOnce } from '../../src/sources/decodedOnce.ts';
import { readImageSets } from '../../src/sources/imageSets.ts';
import { idxBytes } from '../tasks/idxBytes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onager-image-sets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The four files of a data set of 2 x 2 images. */
function writeIdx(images: string, labels: string, zipped = false): void {
  const written = (name: string, bytes: Uint8Array) => {
    const path = join(folder, zipped ? `${name}.gz` : name);
    writeFileSync(path, zipped ? gzipSync(bytes) : bytes);
  };
  for (const [part, count] of [
    ['train', 3],
    ['t10k', 2],
  ] as const) {
    const pixels = Array.from({ length: 4 * count }, (_, index) => index + count);
    written(`${part}-${images}`, idxBytes([count, 2, 2], pixels));
    written(
      `${part}-${labels}`,
      idxBytes(
        [count],
        Array.from({ length: count }, (_, index) => index),
      ),
    );
  }
}

describe('the images of a folder', () => {
  it.each([
    ['images-idx3-ubyte', 'labels-idx1-ubyte', false],
    ['images-idx3-ubyte', 'labels-idx1-ubyte', true],
    ['images.idx3-ubyte', 'labels.idx1-ubyte', false],
  ])('IDX files as %s and %s, gzipped: %s', async (images, labels, zipped) => {
    writeIdx(images, labels, zipped);
    const { name, train, test } = await readImageSets(folder);
    expect([name, train.count, test.count, train.height]).toEqual(['images', 3, 2, 2]);
    expect([...train.pixels.subarray(0, 4), ...test.labels]).toEqual([3, 4, 5, 6, 0, 1]);
  });

  it('one line that names the folder and what is missing there', async () => {
    writeIdx('images-idx3-ubyte', 'labels-idx1-ubyte');
    rmSync(join(folder, 't10k-images-idx3-ubyte'));
    await expect(readImageSets(folder)).rejects.toThrow(
      `data = '${folder}': expected t10k-images-idx3-ubyte, plain or gzipped`,
    );
    await expect(readImageSets(join(folder, 'nowhere'))).rejects.toThrow(/nowhere': no such folder: expected [^\n]+$/);
  });

  it('MNIST by its name', async () => {
    const { name, train, test } = await readImageSets('mnist');
    expect([name, train.count, test.count]).toEqual(['mnist', 60_000, 10_000]);
  });
});

describe('images decoded once', () => {
  const images = { count: 2, height: 1, width: 2, pixels: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(7, 9) };
  let decoded = 0;
  const decode = async () => {
    decoded++;
    return images;
  };
  const kept = () => join(folder, 'kept');
  const source = () => join(folder, 'source');
  beforeEach(() => {
    decoded = 0;
    writeFileSync(source(), 'text');
  });

  it('are the same the second time, without decoding; and decoded anew when the file is another', async () => {
    for (let time = 0; time < 3; time++) expect(await decodedOnce(kept(), [source()], decode)).toEqual(images);
    expect(decoded).toBe(1);
    expect(readdirSync(kept()).every((name) => /^[0-9a-f]{16}-(images|labels)$/.test(name))).toBe(true);
    utimesSync(source(), 1, 1);
    await decodedOnce(kept(), [source()], decode);
    expect(decoded).toBe(2);
  });

  it('are decoded where the pair is damaged, half there, or cannot be kept', async () => {
    await decodedOnce(kept(), [source()], decode);
    const [first, second] = readdirSync(kept()).map((name) => join(kept(), name));
    writeFileSync(first!, 'no IDX');
    expect(await decodedOnce(kept(), [source()], decode)).toEqual(images);
    rmSync(second!);
    expect(await decodedOnce(kept(), [source()], decode)).toEqual(images);
    expect(decoded).toBe(3);
    expect(await decodedOnce(kept(), [source()], decode)).toEqual(images);
    expect(decoded).toBe(3);
    // A file where the folder should be.
    expect(await decodedOnce(source(), [source()], decode)).toEqual(images);
    expect(decoded).toBe(4);
  });

  it('what decoding throws is thrown, and nothing is kept of it', async () => {
    mkdirSync(kept());
    const failing = async () => {
      throw new Error('no image');
    };
    await expect(decodedOnce(kept(), [source()], failing)).rejects.toThrow('no image');
    await expect(decodedOnce(kept(), [join(folder, 'gone')], failing)).rejects.toThrow('no image');
    expect(readdirSync(kept())).toEqual([]);
    expect(existsSync(source())).toBe(true);
  });
});
