import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import { moments } from './standardisation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  /** Named in the record of the run. */
  name: z.string().default('table'),
  /** Samples to train on; default: all that are not tested on. */
  samples: z.int().min(1).optional(),
  testSamples: z.int().min(1),
  /**
   * `values`: targets as they are, no classes. `sign`: one column, -1 or 1. `classes`: one column of classes from 0,
   * one-hot, or several columns that are so already.
   */
  target: z.enum(['values', 'sign', 'classes']).default('values'),
  /** Whether each input is brought to mean 0 and deviation 1 over the training samples. */
  standardise: z.boolean().default(true),
});

export type TabularOptions = z.input<typeof Options>;

/** More outputs than this are not a class each. */
const mostClasses = 10_000;

/**
 * Samples of your own as a task, from an array or a table: a seeded split into training and test samples.
 *
 * @example
 * tabular(await readArrowSamples('wine.arrow', { inputs: ['acid', 'sugar'], targets: 'grade' }), { testSamples: 200 })
 *
 * @throws {RangeError} naming the option or the sample, its value and what was expected.
 */
export function tabular(data: Dataset, options: TabularOptions): Task {
  const chosen = checked('tabular', Options, options);
  const { name, testSamples, target, standardise } = chosen;
  const { samples = Math.max(1, data.size - testSamples) } = chosen;
  if (samples + testSamples > data.size) {
    throw new RangeError(
      `tabular: samples = ${samples}, testSamples = ${testSamples}: expected at most the ${data.size} samples there are`,
    );
  }
  checkFinite(data);
  const { targets, outputs } = targetsOf(data, target);
  return {
    name: `${name}-${target}`,
    classes: target === 'values' ? null : target === 'sign' ? 'sign' : 'largest',
    description: { task: 'tabular', ...chosen, samples },
    data(seed) {
      const order = randomStream(seed, 'split').permutation(data.size);
      const train = taken(order.subarray(0, samples));
      const test = taken(order.subarray(samples, samples + testSamples));
      if (standardise) standardiseBy(train.inputs, [train.inputs, test.inputs], data.dimension);
      return { train, test };
    },
  };

  function taken(rows: Int32Array): Dataset {
    const gather = (values: Float32Array, width: number) => {
      const found = new Float32Array(rows.length * width);
      rows.forEach((row, index) => {
        found.set(values.subarray(row * width, (row + 1) * width), index * width);
      });
      return found;
    };
    const { dimension } = data;
    return {
      inputs: gather(data.inputs, dimension),
      targets: gather(targets, outputs),
      size: rows.length,
      dimension,
      outputs,
    };
  }
}

function checkFinite({ inputs, targets, dimension, outputs }: Dataset): void {
  for (const [what, values, width] of [
    ['inputs', inputs, dimension],
    ['targets', targets, outputs],
  ] as const) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new RangeError(
      `tabular: ${what} of sample ${Math.floor(at / width)}: ${values[at]}: expected finite numbers`,
    );
  }
}

function targetsOf(data: Dataset, target: 'values' | 'sign' | 'classes'): Pick<Dataset, 'targets' | 'outputs'> {
  const { targets, outputs, size } = data;
  if (target === 'values' || (target === 'classes' && outputs > 1)) return { targets, outputs };
  if (outputs > 1) throw new RangeError(`tabular: target = "sign": expected one column of targets, found ${outputs}`);
  const expected = target === 'sign' ? '-1 or 1' : `a class of 0 to ${mostClasses - 1}`;
  const wrong = targets.findIndex((value) =>
    target === 'sign' ? Math.abs(value) !== 1 : !Number.isInteger(value) || value < 0 || value >= mostClasses,
  );
  if (wrong >= 0) {
    throw new RangeError(`tabular: target of sample ${wrong}: ${targets[wrong]}: expected ${expected}`);
  }
  if (target === 'sign') return { targets, outputs };
  const classes = targets.reduce((most, value) => Math.max(most, value), 0) + 1;
  const hot = new Float32Array(size * classes);
  targets.forEach((label, index) => {
    hot[index * classes + label] = 1;
  });
  return { targets: hot, outputs: classes };
}

/** Each input by its own mean and deviation over the training samples. */
function standardiseBy(of: Float32Array, sets: readonly Float32Array[], dimension: number): void {
  for (let input = 0; input < dimension; input++) {
    const { mean, deviation } = moments(of.filter((_, at) => at % dimension === input));
    for (const values of sets) {
      for (let at = input; at < values.length; at += dimension) values[at] = (values[at]! - mean) / deviation;
    }
  }
}
