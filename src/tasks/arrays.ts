import type { LabelledImages } from './labelledImages.ts';
import type { NumericArray } from './npy.ts';
import type { Dataset } from './task.ts';

/**
 * Arrays as samples: inputs `[n, ...]`, everything behind the first axis flattened, and targets `[n]` or `[n, c]`.
 * @throws {RangeError} when the shapes do not fit each other.
 */
export function datasetOfArrays(inputs: NumericArray, targets: NumericArray): Dataset {
  const [size = 0, ...axes] = inputs.shape;
  if (size === 0 || targets.shape[0] !== size || targets.shape.length > 2) {
    throw new RangeError(
      `datasetOfArrays: inputs [${inputs.shape}], targets [${targets.shape}]: expected targets [${size || 'n'}] or [${size || 'n'}, c] for inputs [n, ...]`,
    );
  }
  return {
    inputs: Float32Array.from(inputs.values),
    targets: Float32Array.from(targets.values),
    size,
    dimension: axes.reduce((product, length) => product * length, 1),
    outputs: targets.shape[1] ?? 1,
  };
}

/**
 * Arrays as images: bytes `[n, height, width]` or `[n, height, width, channels]`, and classes `[n]` from 0 to 255.
 * @throws {RangeError} when shapes or values are others.
 */
export function imagesOfArrays(pixels: NumericArray, labels: NumericArray): LabelledImages {
  const [count, height, width, channels = 1] = pixels.shape as [number, number, number, number?];
  const { values } = pixels;
  if (!(values instanceof Uint8Array) || pixels.shape.length < 3 || pixels.shape.length > 4) {
    throw new RangeError(
      `imagesOfArrays: pixels [${pixels.shape}] of ${values.constructor.name}: expected bytes [n, height, width] or [n, height, width, channels]`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new RangeError(`imagesOfArrays: labels [${labels.shape}]: expected [${count}]`);
  }
  labels.values.forEach((label: number, index: number) => {
    if (Number.isInteger(label) && label >= 0 && label <= 255) return;
    throw new RangeError(`imagesOfArrays: labels[${index}] = ${label}: expected a class of 0 to 255`);
  });
  return { count, height, width, channels, pixels: values, labels: Uint8Array.from(labels.values) };
}
