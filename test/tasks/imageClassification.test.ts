import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/randomness.ts';
import { imageClassification, type LabelledImages } from '../../src/tasks/imageClassification.ts';
import type { Dataset, TaskData } from '../../src/tasks/task.ts';

/** Random images; the first pixel of image i tells i, so that a subset can be recognised. */
function randomImages(count: number, height: number, width: number, seed: number): LabelledImages {
  const stream = randomStream(seed, 'images');
  const pixels = Uint8Array.from({ length: count * height * width }, () => stream.integer(256));
  const labels = Uint8Array.from({ length: count }, () => stream.integer(10));
  return { count, height, width, pixels, labels };
}

/** The mean of each square of pixels, by the definition. */
function naivePooled({ height, width, pixels }: LabelledImages, image: number, pool: number): number[] {
  const result: number[] = [];
  for (let top = 0; top < height; top += pool) {
    for (let left = 0; left < width; left += pool) {
      let sum = 0;
      for (let y = top; y < top + pool; y++) {
        for (let x = left; x < left + pool; x++) sum += pixels[(image * height + y) * width + x]!;
      }
      result.push(sum / (pool * pool) / 255);
    }
  }
  return result;
}

function row({ inputs, dimension }: Dataset, index: number): number[] {
  return [...inputs.subarray(index * dimension, (index + 1) * dimension)];
}

/** Which images the rows of a set are, found by undoing the standardisation. */
function sourceOf(set: Dataset, images: LabelledImages, pool: number, mean: number, deviation: number): number[] {
  return Array.from({ length: set.size }, (_, index) => {
    const found = row(set, index).map((value) => value * deviation + mean);
    for (let image = 0; image < images.count; image++) {
      if (naivePooled(images, image, pool).every((pixel, at) => Math.abs(pixel - found[at]!) < 1e-5)) return image;
    }
    return -1;
  });
}

const problems = fc.record({
  cells: fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 })),
  pool: fc.integer({ min: 1, max: 3 }),
  samples: fc.integer({ min: 3, max: 8 }),
  seed: fc.nat(),
  own: fc.boolean(),
});

describe('image classification', () => {
  it('a subset without repetition, mean-pooled, standardised by the training pixels; test images are others', () => {
    fc.assert(
      fc.property(problems, ({ cells, pool, samples, seed, own }) => {
        const [height, width] = [cells[0] * pool, cells[1] * pool];
        const images = randomImages(14, height, width, seed);
        const testImages = own ? randomImages(6, height, width, seed + 1) : undefined;
        const task = imageClassification(images, testImages, { samples, testSamples: 5, pool });
        const { train, test } = task.data(seed) as TaskData;
        expect(train).toMatchObject({ size: samples, dimension: cells[0] * cells[1], outputs: 1 });
        expect(test.size).toBe(5);
        // Standardised: mean 0 and deviation 1 over all training pixels, to float32.
        const mean = train.inputs.reduce((sum, x) => sum + x, 0) / train.inputs.length;
        const square = train.inputs.reduce((sum, x) => sum + x * x, 0) / train.inputs.length;
        expect(Math.abs(mean)).toBeLessThan(1e-5);
        expect(Math.abs(square - 1)).toBeLessThan(1e-4);
        // An affine map back to the pooled pixels, from two numbers of the training set itself.
        const all = Array.from({ length: images.count }, (_, image) => naivePooled(images, image, pool));
        const rows = randomStream(seed, 'subset').permutation(images.count).subarray(0, samples);
        const chosen = [...rows].flatMap((image) => all[image]!);
        const centre = chosen.reduce((sum, x) => sum + x, 0) / chosen.length;
        const deviation = Math.sqrt(chosen.reduce((sum, x) => sum + (x - centre) ** 2, 0) / chosen.length);
        const trained = sourceOf(train, images, pool, centre, deviation);
        const tested = sourceOf(test, testImages ?? images, pool, centre, deviation);
        for (const found of [trained, tested]) {
          expect(found).not.toContain(-1);
          expect(new Set(found).size).toBe(found.length);
        }
        if (!own) expect(trained.filter((image) => tested.includes(image))).toEqual([]);
        trained.forEach((image, index) => {
          expect(train.targets[index]).toBe(images.labels[image]! % 2 === 0 ? 1 : -1);
        });
        tested.forEach((image, index) => {
          expect(test.targets[index]).toBe((testImages ?? images).labels[image]! % 2 === 0 ? 1 : -1);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('classes: one output a class, one-hot; the same subset as for parity', () => {
    const images = randomImages(30, 4, 4, 5);
    const options = { samples: 20, testSamples: 10 };
    const classes = imageClassification(images, undefined, { ...options, target: 'classes' });
    const { train } = classes.data(3) as TaskData;
    const parity = (imageClassification(images, undefined, options).data(3) as TaskData).train;
    const outputs = Math.max(...images.labels) + 1;
    expect(train.outputs).toBe(outputs);
    expect(train.inputs).toEqual(parity.inputs);
    for (let i = 0; i < train.size; i++) {
      const hot = [...train.targets.subarray(i * outputs, (i + 1) * outputs)];
      expect(hot.filter((value) => value === 1).length).toBe(1);
      expect(hot.filter((value) => value === 0).length).toBe(outputs - 1);
      expect(hot.indexOf(1) % 2 === 0 ? 1 : -1).toBe(parity.targets[i]);
    }
    expect([classes.classes, imageClassification(images, undefined, options).classes]).toEqual(['largest', 'sign']);
  });

  it('is the same for the same seed and another for another', () => {
    const task = imageClassification(randomImages(40, 4, 4, 1), undefined, { samples: 10, testSamples: 10 });
    expect(task.data(1)).toEqual(task.data(1));
    expect((task.data(1) as TaskData).train.inputs).not.toEqual((task.data(2) as TaskData).train.inputs);
  });

  it('images of one colour have finite inputs', () => {
    const blank = { ...randomImages(6, 2, 2, 1), pixels: new Uint8Array(24).fill(200) };
    const { train } = imageClassification(blank, undefined, { samples: 3, testSamples: 3 }).data(0) as TaskData;
    expect(train.inputs.every((value) => Math.abs(value) < 1e-5)).toBe(true);
  });

  it.each([
    [{ samples: 7 }, undefined, 'samples = 7: expected at most the 6 images there are'],
    [{ samples: 4, testSamples: 3 }, undefined, 'testSamples = 3: expected at most the 2 images left'],
    [{ samples: 4, testSamples: 9 }, randomImages(8, 4, 6, 2), 'testSamples = 9: expected at most the 8 images left'],
    [{ samples: 4, testSamples: 1, pool: 3 }, undefined, 'pool = 3: expected a divisor of 4 x 6'],
    [{ samples: 4, testSamples: 1 }, randomImages(8, 6, 4, 2), 'test images are 6 x 4: expected 4 x 6'],
    [{ samples: 1 }, undefined, 'samples = 1'],
    [{ pool: 0 }, undefined, 'pool = 0'],
    [{ target: 'colour' }, undefined, 'target = "colour"'],
  ])('%j is refused by name', (options, test, message) => {
    const images = randomImages(6, 4, 6, 1);
    expect(() => imageClassification(images, test, options as never)).toThrow(RangeError);
    expect(() => imageClassification(images, test, options as never)).toThrow(message);
  });
});

it('a class that only the test set has counts like all others', () => {
  const images = (labels: readonly number[]) => ({
    count: labels.length,
    height: 2,
    width: 2,
    pixels: Uint8Array.from({ length: 4 * labels.length }, (_, index) => (37 * index) % 256),
    labels: Uint8Array.from(labels),
  });
  const task = imageClassification(images([0, 1, 0]), images([3, 2, 3]), { samples: 3, testSamples: 3, pool: 1 });
  const { test } = task.data(0) as TaskData;
  expect([...test.targets].sort()).toEqual([-1, -1, 1]);
});
