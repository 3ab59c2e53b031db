import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { friendlySamPipeline } from '../../pipelines/friendlySam/friendlySam.ts';
import { friendlySamImages } from '../../pipelines/friendlySam/friendlySamImages.ts';
import { friendlySamFolder } from './friendlySamFolder.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** CIFAR-10 in its binary version, of a few images: image i of a file is all of value i. */
function cifarFolder(images: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'onager-cifar-'));
  folders.push(folder);
  const names = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
  for (const name of [...names, 'test_batch.bin']) {
    const bytes = new Uint8Array(images * 3073);
    for (let image = 0; image < images; image++) {
      bytes.fill(image, image * 3073, (image + 1) * 3073);
      bytes[image * 3073] = image % 10;
    }
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

it('of the test file the first three tenths are for validation, the rest for testing', async () => {
  const folder = friendlySamFolder({ train: 20, test: 50 });
  folders.push(folder);
  const [validation, test] = [await friendlySamImages(folder, 'validation'), await friendlySamImages(folder, 'test')];
  expect([validation.train.count, validation.test.count, test.test.count]).toEqual([20, 15, 35]);
  // Image i has class i mod 10.
  expect([...validation.test.labels]).toEqual(Array.from({ length: 15 }, (_, image) => image % 10));
  expect([...test.test.labels]).toEqual(Array.from({ length: 35 }, (_, image) => (image + 15) % 10));
  expect(test.test.pixels.length).toBe(35 * 64);
  expect(test.test.pixels.subarray(0, 64)).not.toEqual(validation.test.pixels.subarray(0, 64));
});

it('reads CIFAR-10, which the pipeline trains on in colour', async () => {
  const data = cifarFolder(20);
  const { name, train, test } = await friendlySamImages(data, 'test');
  expect([name, train.count, train.channels, test.count]).toEqual(['cifar10', 100, 3, 14]);
  expect(test.pixels[0]).toBe(6);
  const { rows } = await friendlySamPipeline.prepare({
    data,
    method: 'sam',
    samples: 40,
    batchSize: 20,
    epochs: 1,
    backend: 'wasm',
  });
  const losses: number[] = [];
  await rows.forEach(({ loss }) => void losses.push(loss));
  expect(losses.length).toBe(3);
  expect(losses.every(Number.isFinite)).toBe(true);
});

it('says what is missing in a folder', async () => {
  const folder = friendlySamFolder({ train: 20, test: 20 });
  folders.push(folder);
  rmSync(join(folder, 't10k-labels-idx1-ubyte'));
  await expect(friendlySamImages(folder, 'test')).rejects.toThrow(
    `data = '${folder}': expected t10k-labels-idx1-ubyte, plain or gzipped`,
  );
});
