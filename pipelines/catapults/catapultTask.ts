import { readIdxPair, readMnist } from '../../src/sources/idxFiles.ts';
import { imageClassification, type LabelledImages } from '../../src/tasks/imageClassification.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { AgopReference, Task } from '../../src/tasks/task.ts';
import { referenceAgop } from './referenceAgop.ts';

export interface CatapultTaskOptions {
  readonly task: 'r2' | 'r3' | 'r4' | 'r4s' | 'mnist' | 'images';
  readonly dimension: number;
  readonly samples: number;
  readonly testSamples: number;
  readonly seed: number;
  readonly images?: string | undefined;
  readonly labels?: string | undefined;
  readonly testImages?: string | undefined;
  readonly testLabels?: string | undefined;
  readonly backend: 'auto' | 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';
}

/** A task and, where it has no true function of its own, the reference for AGOP alignment. */
export interface CatapultTask {
  readonly task: Task;
  readonly agopReference?: AgopReference;
}

/**
 * The task of a run. Images have no true function, so a network of the same kind is trained first on more
 * of them, and its AGOP is what alignment is measured against.
 * @throws {Error} in one line, when files are missing, unreadable or not a pair.
 */
export async function catapultTask(
  options: CatapultTaskOptions,
  progress: (line: string) => void,
): Promise<CatapultTask> {
  const { task, dimension, samples, testSamples } = options;
  const givesFiles = options.images !== undefined || options.labels !== undefined;
  if (task !== 'mnist' && task !== 'images') {
    if (givesFiles) throw new RangeError(`catapults: images = ${options.images}: expected only with task images`);
    return { task: lowRankRegression({ target: task, dimension, samples, testSamples }) };
  }
  const { train, test } = await imagesOf(options);
  const name = givesFiles ? 'images' : 'mnist';
  const here = imageClassification(train, test, { name, samples, testSamples });
  const more = Math.min(2048, test === undefined ? train.count - testSamples : train.count);
  if (more < 4 * samples) {
    throw new RangeError(
      `catapults: samples = ${samples}: expected at most ${Math.floor(more / 4)}, a quarter of the images there are for the reference network`,
    );
  }
  progress(`training a reference network on ${more} images, for AGOP alignment`);
  const agopReference = await referenceAgop({
    task: imageClassification(train, test, { name, samples: more, testSamples }),
    from: `a network trained on ${more} images`,
    seed: options.seed + 1,
    backend: options.backend,
  });
  return { task: here, agopReference };
}

async function imagesOf(
  options: CatapultTaskOptions,
): Promise<{ readonly train: LabelledImages; readonly test?: LabelledImages }> {
  const { images, labels, testImages, testLabels } = options;
  if (images === undefined && labels === undefined) {
    if (options.task === 'images')
      throw new RangeError('catapults: task images: expected --images FILE and --labels FILE');
    return readMnist();
  }
  if (images === undefined || labels === undefined) {
    throw new RangeError(`catapults: images = ${images}, labels = ${labels}: expected both files of the pair`);
  }
  if ((testImages === undefined) !== (testLabels === undefined)) {
    throw new RangeError(
      `catapults: testImages = ${testImages}, testLabels = ${testLabels}: expected both files of the pair`,
    );
  }
  const train = await readIdxPair(images, labels);
  if (testImages === undefined || testLabels === undefined) return { train };
  return { train, test: await readIdxPair(testImages, testLabels) };
}
