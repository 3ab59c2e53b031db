import { join } from 'node:path';
import { type CifarLabels, parseCifar } from '../tasks/cifar.ts';
import type { LabelledImages } from '../tasks/labelledImages.ts';
import { readBytes } from './readBytes.ts';

/** The images of a data set as it is published: those to train on and those to test with. */
export interface ImageSets {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/**
 * CIFAR-10 from the folder of its binary version, with `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
 * @throws {Error} in one line naming the file that is not readable or not CIFAR-10.
 */
export async function readCifar10(folder: string): Promise<ImageSets> {
  const batches = [1, 2, 3, 4, 5].map((batch) => join(folder, `data_batch_${batch}.bin`));
  const [train, test] = await Promise.all([
    readCifar(batches, 'cifar10'),
    readCifar([join(folder, 'test_batch.bin')], 'cifar10'),
  ]);
  return { train, test };
}

/**
 * CIFAR-100 from the folder of its binary version, with `train.bin` and `test.bin`.
 * @throws {Error} in one line naming the file that is not readable or not CIFAR-100.
 */
export async function readCifar100(folder: string, labels: 'fine' | 'coarse' = 'fine'): Promise<ImageSets> {
  const [train, test] = await Promise.all(
    ['train.bin', 'test.bin'].map((file) => readCifar([join(folder, file)], `cifar100-${labels}`)),
  );
  return { train: train!, test: test! };
}

/**
 * The images of some files in the binary format of CIFAR, plain or gzipped, in order.
 * @throws {Error} in one line naming the file.
 */
export async function readCifar(files: readonly string[], labels: CifarLabels): Promise<LabelledImages> {
  const parts: LabelledImages[] = [];
  for (const file of files) {
    parts.push(parseCifar(await readBytes(file, 'a CIFAR file in its binary version'), labels, file));
  }
  if (parts.length === 0) throw new RangeError('readCifar: files = []: expected at least one');
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const { height, width, channels } = parts[0]!;
  const pixels = new Uint8Array(count * height * width * channels!);
  const classes = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at * height * width * channels!);
    classes.set(part.labels, at);
    at += part.count;
  }
  return { count, height, width, channels: channels!, pixels, labels: classes };
}
