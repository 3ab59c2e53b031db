import type { LabelledImages } from './labelledImages.ts';
import { MalformedFileError } from './malformedFileError.ts';

/** What stands in front of the pixels of a record: one class, or a coarse one (of 20) and a fine one (of 100). */
export type CifarLabels = 'cifar10' | 'cifar100-coarse' | 'cifar100-fine';

const side = 32;
const plane = side * side;

/**
 * Parses the binary version of CIFAR-10 or CIFAR-100: records of one or two label bytes and 3072 bytes of pixels,
 * the red, the green and the blue plane, row-major; nothing else. The pixels of the result are colour-minor.
 * Source: Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 * @param file named in errors.
 * @throws {MalformedFileError} when the bytes are no whole number of records, or a label is none of the data set.
 */
export function parseCifar(bytes: Uint8Array, labels: CifarLabels, file: string): LabelledImages {
  const before = labels === 'cifar10' ? 1 : 2;
  const record = before + 3 * plane;
  const at = labels === 'cifar100-fine' ? 1 : 0;
  const limits = labels === 'cifar10' ? [10] : [20, 100];
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length % record !== 0) {
    throw new MalformedFileError(
      file,
      count * record,
      `expected records of ${record} bytes, found ${bytes.length - count * record} bytes`,
    );
  }
  const classes = new Uint8Array(count);
  const pixels = new Uint8Array(count * 3 * plane);
  for (let image = 0; image < count; image++) {
    const start = image * record;
    limits.forEach((limit, index) => {
      const label = bytes[start + index]!;
      if (label < limit) return;
      throw new MalformedFileError(file, start + index, `expected a class of 0 to ${limit - 1}, found ${label}`);
    });
    classes[image] = bytes[start + at]!;
    const to = image * 3 * plane;
    for (let channel = 0; channel < 3; channel++) {
      const from = start + before + channel * plane;
      for (let pixel = 0; pixel < plane; pixel++) pixels[to + 3 * pixel + channel] = bytes[from + pixel]!;
    }
  }
  return { count, height: side, width: side, channels: 3, pixels, labels: classes };
}
