import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { LabelledImages } from './labelledImages.ts';
import { pooled } from './pooledImages.ts';
import { moments, standardised } from './standardisation.ts';
import type { Dataset, Task } from './task.ts';

export type { LabelledImages };

const perChannel = <S extends z.ZodType>(number: S) => z.union([number, z.array(number).min(1)]);

const Options = z.strictObject({
  /** Named in the record of the run. */
  name: z.string().default('images'),
  samples: z.int().min(2).default(128),
  testSamples: z.int().min(1).default(1000),
  /**
   * `parity`: one output, +1 for even classes and -1 for odd ones. `pair`: one output, +1 for the first of the two
   * `classes` and -1 for the second. `classes`: one output a class, one-hot.
   */
  target: z.enum(['parity', 'pair', 'classes']).default('parity'),
  /** The classes to tell apart, in the order of the outputs; default: all. */
  classes: z.array(z.int().min(0).max(255)).min(1).optional(),
  /** Share of the training images whose class is replaced by one of the others, any with equal chance. */
  labelNoise: z.number().min(0).max(1).default(0),
  /** Side of the squares of pixels that are averaged into one. */
  pool: z.int().min(1).default(2),
  /** Mean and deviation of pixels from 0 to 1, all channels or each; default: those of the training pixels. */
  standardise: z
    .strictObject({ mean: perChannel(z.number()), deviation: perChannel(z.number().positive()) })
    .optional(),
});

export type ImageClassificationOptions = z.input<typeof Options>;

/**
 * Images as a task: a seeded subset, mean-pooled, standardised, and flattened row-major, the channels of a pixel side
 * by side. Without a test set of its own, test images are drawn from the rest. Test labels have no noise.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function imageClassification(
  train: LabelledImages,
  test: LabelledImages | undefined,
  options: ImageClassificationOptions = {},
): Task {
  const chosen = checked('imageClassification', Options, options);
  const { name, samples, testSamples, target, pool, labelNoise, standardise } = chosen;
  const fail = (problem: string) => new RangeError(`imageClassification: ${problem}`);
  const channels = train.channels ?? 1;
  // A class that only the test set has counts as well: its images are judged like all others.
  const largest = Math.max(largestLabel(train), test === undefined ? 0 : largestLabel(test));
  const classes = chosen.classes ?? [...new Uint8Array(largest + 1).keys()];
  if (new Set(classes).size < classes.length) throw fail(`classes = [${classes}]: expected each class once`);
  if (target === 'pair' && chosen.classes?.length !== 2) {
    throw fail(`classes = [${chosen.classes ?? ''}]: expected two with target 'pair'`);
  }
  if (labelNoise > 0 && classes.length < 2) {
    throw fail(`labelNoise = ${labelNoise}: expected 0 where there is one class`);
  }
  const count = eligible(train);
  const available = test === undefined ? count - samples : eligible(test);
  if (samples > count) throw fail(`samples = ${samples}: expected at most the ${count} images there are`);
  if (testSamples > available)
    throw fail(`testSamples = ${testSamples}: expected at most the ${available} images left`);
  if (train.height % pool !== 0 || train.width % pool !== 0) {
    throw fail(`pool = ${pool}: expected a divisor of ${train.height} x ${train.width}`);
  }
  if (test !== undefined && sizeOf(test) !== sizeOf(train)) {
    throw fail(`test images are ${sizeOf(test)}: expected ${sizeOf(train)}`);
  }
  for (const [key, value] of Object.entries(standardise ?? {})) {
    if (typeof value === 'number' || value.length === channels) continue;
    throw fail(`standardise.${key} = [${value}]: expected a number, or one for each of ${channels} channels`);
  }
  return {
    name: `${name}-${target}`,
    classes: target === 'classes' ? 'largest' : 'sign',
    description: {
      task: 'imageClassification',
      ...chosen,
      classes: chosen.classes ?? 'all',
      standardise: standardise ?? 'by the training pixels',
    },
    data(seed) {
      const rows = chosenRows(train, seed, 'subset');
      const own = rows.subarray(0, samples);
      const testRows =
        test === undefined
          ? rows.subarray(samples, samples + testSamples)
          : chosenRows(test, seed, 'test subset').subarray(0, testSamples);
      const pixels = pooled(train, own, pool);
      const scale = standardise ?? moments(pixels);
      return {
        train: dataset(pixels, noisy(classesOf(train, own), seed), scale),
        test: dataset(pooled(test ?? train, testRows, pool), classesOf(test ?? train, testRows), scale),
      };
    },
  };

  function eligible({ labels }: LabelledImages): number {
    return labels.reduce((sum, label) => sum + (classes.includes(label) ? 1 : 0), 0);
  }

  /** The images of the chosen classes, in an order of the seed's. */
  function chosenRows({ count, labels }: LabelledImages, seed: number, address: string): Int32Array {
    return randomStream(seed, address)
      .permutation(count)
      .filter((row) => classes.includes(labels[row]!));
  }

  function classesOf({ labels }: LabelledImages, rows: Int32Array): number[] {
    return Array.from(rows, (row) => labels[row]!);
  }

  /** Each label keeps its class or takes one of the others; a larger share of noise changes a superset. */
  function noisy(labels: readonly number[], seed: number): readonly number[] {
    if (labelNoise === 0) return labels;
    const stream = randomStream(seed, 'label noise');
    return labels.map((label) => {
      const others = classes.filter((other) => other !== label);
      const wrong = others[stream.integer(others.length)]!;
      return stream.uniform() < labelNoise ? wrong : label;
    });
  }

  function dataset(
    pixels: Float32Array,
    labels: readonly number[],
    scale: Parameters<typeof standardised>[2],
  ): Dataset {
    const outputs = target === 'classes' ? classes.length : 1;
    const targets = new Float32Array(labels.length * outputs);
    labels.forEach((label, index) => {
      if (target === 'classes') targets[index * outputs + classes.indexOf(label)] = 1;
      else if (target === 'pair') targets[index] = label === classes[0] ? 1 : -1;
      else targets[index] = label % 2 === 0 ? 1 : -1;
    });
    return {
      inputs: standardised(pixels, channels, scale),
      targets,
      size: labels.length,
      dimension: pixels.length / labels.length,
      outputs,
      image: { height: train.height / pool, width: train.width / pool, channels },
    };
  }
}

function largestLabel({ labels }: LabelledImages): number {
  return labels.reduce((most, label) => Math.max(most, label), 0);
}

function sizeOf({ height, width, channels = 1 }: LabelledImages): string {
  return `${height} x ${width}${channels === 1 ? '' : ` x ${channels}`}`;
}
