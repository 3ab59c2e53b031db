import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/randomness.ts';
import {
  type ImageClassificationOptions,
  imageClassification,
  type LabelledImages,
} from '../../src/tasks/imageClassification.ts';
import type { TaskData } from '../../src/tasks/task.ts';

const classesThere = 5;

function colourImages(count: number, channels: number, seed: number): LabelledImages {
  const stream = randomStream(seed, 'images');
  const pixels = Uint8Array.from({ length: count * 16 * channels }, () => stream.integer(256));
  // Every class as often as any other.
  return {
    count,
    height: 4,
    width: 4,
    channels,
    pixels,
    labels: Uint8Array.from({ length: count }, (_, i) => i % classesThere),
  };
}

function dataOf(
  images: LabelledImages,
  options: ImageClassificationOptions,
  seed = 0,
  test?: LabelledImages,
): TaskData {
  return imageClassification(images, test, { testSamples: 10, ...options }).data(seed) as TaskData;
}

/** The class of each sample of a one-hot data set. */
function labelsOf({ targets, outputs, size }: TaskData['train']): number[] {
  return Array.from({ length: size }, (_, row) => targets.subarray(row * outputs, (row + 1) * outputs).indexOf(1));
}

describe('colour', () => {
  it('the channels of a pooled pixel stand side by side, standardised as told', () => {
    const images = colourImages(20, 3, 1);
    const plain = { mean: 0, deviation: 1 };
    const options = { samples: 10, pool: 2 };
    const { train } = dataOf(images, { ...options, standardise: plain });
    const rows = randomStream(0, 'subset').permutation(20);
    expect(train.dimension).toBe(12);
    for (let row = 0; row < 10; row++) {
      for (const [y, x, channel] of [
        [0, 0, 0],
        [0, 1, 2],
        [1, 0, 1],
        [1, 1, 1],
      ] as const) {
        let sum = 0;
        for (const [dy, dx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          sum += images.pixels[((rows[row]! * 4 + 2 * y + dy) * 4 + 2 * x + dx) * 3 + channel]!;
        }
        expect(train.inputs[row * 12 + (y * 2 + x) * 3 + channel]).toBeCloseTo(sum / 4 / 255, 5);
      }
    }
    const scaled = dataOf(images, { ...options, standardise: { mean: [0.1, 0.2, 0.3], deviation: [1, 2, 4] } });
    scaled.train.inputs.forEach((value, at) => {
      expect(value).toBeCloseTo((train.inputs[at]! - [0.1, 0.2, 0.3][at % 3]!) / [1, 2, 4][at % 3]!, 5);
    });
  });
});

describe('classes', () => {
  it('a subset: only its images, one output a class in the order given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }), fc.nat(), (classes, seed) => {
        const images = { ...colourImages(50, 1, 1) };
        // Pixels that tell the class.
        images.pixels.forEach((_, at) => {
          images.pixels[at] = images.labels[Math.floor(at / 16)]!;
        });
        const options = { samples: 5, testSamples: 5, classes, target: 'classes' } as const;
        const { train, test } = dataOf(images, { ...options, standardise: { mean: 0, deviation: 1 / 255 } }, seed);
        for (const set of [train, test]) {
          expect(set.outputs).toBe(classes.length);
          labelsOf(set).forEach((output, row) => {
            expect(set.inputs[row * set.dimension]).toBeCloseTo(classes[output]!, 4);
          });
        }
      }),
    );
  });

  it('a pair: +1 for the first and -1 for the second', () => {
    const images = colourImages(50, 1, 1);
    const task = imageClassification(images, undefined, {
      samples: 10,
      testSamples: 10,
      classes: [3, 1],
      target: 'pair',
    });
    expect([task.classes, task.name]).toEqual(['sign', 'images-pair']);
    const there = dataOf(images, { samples: 10, classes: [3, 1], target: 'pair' });
    const swapped = dataOf(images, { samples: 10, classes: [1, 3], target: 'pair' });
    expect(there.train.targets).toEqual(swapped.train.targets.map((target) => -target));
    expect(new Set([...there.train.targets, ...there.test.targets])).toEqual(new Set([1, -1]));
  });
});

describe('label noise', () => {
  const images = colourImages(4000, 1, 2);
  const clean = dataOf(images, { samples: 3000, target: 'classes' });
  const labels = labelsOf(clean.train);

  it.each([0.2, 0.5, 1])('a share %d of the training labels is wrong, each wrong class as often', (labelNoise) => {
    const noisy = dataOf(images, { samples: 3000, target: 'classes', labelNoise });
    expect(noisy.test).toEqual(clean.test);
    expect(noisy.train.inputs).toEqual(clean.train.inputs);
    const moves = new Map<number, number>();
    labelsOf(noisy.train).forEach((label, row) => {
      const by = (label - labels[row]! + classesThere) % classesThere;
      moves.set(by, (moves.get(by) ?? 0) + 1);
    });
    const wrong = 3000 - (moves.get(0) ?? 0);
    const spread = (share: number) => 5 * Math.sqrt(3000 * share * (1 - share)) + 1e-9;
    expect(Math.abs(wrong - 3000 * labelNoise)).toBeLessThanOrEqual(spread(labelNoise));
    for (let by = 1; by < classesThere; by++) {
      expect(Math.abs(moves.get(by)! - (3000 * labelNoise) / 4)).toBeLessThanOrEqual(spread(labelNoise / 4));
    }
  });

  it('is that of the seed; more noise changes what less noise changed, and more', () => {
    const some = labelsOf(dataOf(images, { samples: 3000, target: 'classes', labelNoise: 0.1 }).train);
    const more = labelsOf(dataOf(images, { samples: 3000, target: 'classes', labelNoise: 0.3 }).train);
    some.forEach((label, row) => {
      if (label !== labels[row]) expect(more[row]).toBe(label);
    });
    expect(labelsOf(dataOf(images, { samples: 3000, target: 'classes', labelNoise: 0.1 }).train)).toEqual(some);
  });
});

it.each([
  [{ classes: [1, 1] }, 'classes = [1,1]: expected each class once'],
  [{ target: 'pair' }, "classes = []: expected two with target 'pair'"],
  [{ target: 'pair', classes: [1, 2, 3] }, "classes = [1,2,3]: expected two with target 'pair'"],
  [{ classes: [300] }, 'classes.0 = 300'],
  [{ classes: [2], samples: 3, labelNoise: 0.1 }, 'labelNoise = 0.1: expected 0 where there is one class'],
  [{ classes: [2, 3], samples: 30 }, 'samples = 30: expected at most the 20 images there are'],
  [{ labelNoise: 1.5 }, 'labelNoise = 1.5'],
  [
    { standardise: { mean: [0, 0], deviation: 1 } },
    'standardise.mean = [0,0]: expected a number, or one for each of 3 channels',
  ],
  [{ standardise: { mean: 0, deviation: 0 } }, 'standardise.deviation = 0'],
])('%j is refused by name', (options, message) => {
  const make = () =>
    imageClassification(colourImages(50, 3, 1), undefined, { samples: 5, testSamples: 5, ...options } as never);
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});
