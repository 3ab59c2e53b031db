import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

/** Grey images with a class each. */
export interface LabelledImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** `count * height * width` bytes. */
  readonly pixels: Uint8Array;
  /** `count` classes. */
  readonly labels: Uint8Array;
}

const Options = z.strictObject({
  /** Named in the record of the run. */
  name: z.string().default('images'),
  samples: z.int().min(2).default(128),
  testSamples: z.int().min(1).default(1000),
  /** `parity`: one output, +1 for even classes and -1 for odd ones. `classes`: one output a class, one-hot. */
  target: z.enum(['parity', 'classes']).default('parity'),
  /** Side of the squares of pixels that are averaged into one. */
  pool: z.int().min(1).default(2),
});

export type ImageClassificationOptions = z.input<typeof Options>;

/**
 * Images as a task: a seeded subset, mean-pooled, standardised by the mean and the deviation of all training
 * pixels, and flattened row-major. Without a test set of its own, test images are drawn from the rest.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function imageClassification(
  train: LabelledImages,
  test: LabelledImages | undefined,
  options: ImageClassificationOptions = {},
): Task {
  const chosen = checked('imageClassification', Options, options);
  const { name, samples, testSamples, target, pool } = chosen;
  const available = test === undefined ? train.count - samples : test.count;
  if (samples > train.count) {
    throw new RangeError(
      `imageClassification: samples = ${samples}: expected at most the ${train.count} images there are`,
    );
  }
  if (testSamples > available) {
    throw new RangeError(
      `imageClassification: testSamples = ${testSamples}: expected at most the ${available} images left`,
    );
  }
  if (train.height % pool !== 0 || train.width % pool !== 0) {
    throw new RangeError(`imageClassification: pool = ${pool}: expected a divisor of ${train.height} x ${train.width}`);
  }
  if (test !== undefined && (test.height !== train.height || test.width !== train.width)) {
    throw new RangeError(
      `imageClassification: test images are ${test.height} x ${test.width}: expected ${train.height} x ${train.width}`,
    );
  }
  const classes = train.labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return {
    name: `${name}-${target}`,
    classes: target === 'parity' ? 'sign' : 'largest',
    description: { task: 'imageClassification', ...chosen },
    data(seed) {
      const order = randomStream(seed, 'subset').permutation(train.count);
      const rows = order.subarray(0, samples);
      const testRows =
        test === undefined
          ? order.subarray(samples, samples + testSamples)
          : randomStream(seed, 'test subset').permutation(test.count).subarray(0, testSamples);
      const raw = pooled(train, rows, pool);
      const { mean, deviation } = moments(raw);
      return {
        train: dataset(raw, train, rows, mean, deviation),
        test: dataset(pooled(test ?? train, testRows, pool), test ?? train, testRows, mean, deviation),
      };
    },
  };

  function dataset(
    pixels: Float32Array,
    source: LabelledImages,
    rows: Int32Array,
    mean: number,
    deviation: number,
  ): Dataset {
    const outputs = target === 'parity' ? 1 : classes;
    const targets = new Float32Array(rows.length * outputs);
    rows.forEach((row, index) => {
      const label = source.labels[row]!;
      if (target === 'parity') targets[index] = label % 2 === 0 ? 1 : -1;
      else if (label < classes) targets[index * outputs + label] = 1;
    });
    return {
      inputs: pixels.map((pixel) => (pixel - mean) / deviation),
      targets,
      size: rows.length,
      dimension: pixels.length / rows.length,
      outputs,
    };
  }
}

/** The chosen images, averaged over squares of `pool` pixels, in units of 0 to 1. */
function pooled(images: LabelledImages, rows: Int32Array, pool: number): Float32Array {
  const { height, width, pixels } = images;
  const across = width / pool;
  const size = (height / pool) * across;
  const result = new Float32Array(rows.length * size);
  rows.forEach((row, index) => {
    const image = row * height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = index * size + Math.floor(y / pool) * across + Math.floor(x / pool);
        result[cell]! += pixels[image + y * width + x]! / (255 * pool * pool);
      }
    }
  });
  return result;
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  // Images of one colour have no deviation; they are left centred.
  return { mean, deviation: Math.sqrt(squares / values.length) || 1 };
}
