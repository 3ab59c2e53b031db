import { readImageSets } from '../../src/sources/imageSets.ts';
import { imageClassification } from '../../src/tasks/imageClassification.ts';
import type { Task } from '../../src/tasks/task.ts';

/** What the images of `--data` are taken from, and how many of them. */
export interface ImageChoice {
  /** See {@link readImageSets}. */
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
  const { name, train, test } = await readImageSets(data, { testSamples, seed });
  return imageClassification(train, test, {
    name,
    samples,
    testSamples,
    target: 'classes',
    pool: 1,
    ...(name === 'fashion-mnist' ? { standardise: fashionPixels } : {}),
  });
}
