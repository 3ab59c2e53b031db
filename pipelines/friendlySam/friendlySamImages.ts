import { type NamedImageSets, readImageSets } from '../../src/sources/imageSets.ts';
import type { LabelledImages } from '../../src/tasks/labelledImages.ts';

/** Share of the images of the test file that are for choosing settings, and not for judging them. */
const VALIDATION_SHARE = 0.3;

/**
 * Images with the part of their test set that runs are judged by. It is cut in two: the first three tenths are for
 * validation, the rest for testing (3000 and 7000 of MNIST).
 * @param data see {@link readImageSets}
 * @throws {Error} in one line naming the package, the folder or the file, and what was expected there.
 */
export async function friendlySamImages(data: string, judgedBy: 'validation' | 'test'): Promise<NamedImageSets> {
  const { name, train, test } = await readImageSets(data);
  const cut = Math.round(VALIDATION_SHARE * test.count);
  return { name, train, test: judgedBy === 'test' ? between(test, cut, test.count) : between(test, 0, cut) };
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
