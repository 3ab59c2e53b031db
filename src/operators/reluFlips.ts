import { z } from 'zod';
import type { Column } from '../columns.ts';
import { type Eventual, isPromise, whenReady } from '../eventual.ts';
import { type Lens, UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface ReluFlipsFields {
  /** Share of pairs of a training sample and a relu unit at which the unit is no longer on or off as it was at first. */
  readonly flipped: number;
  /** Share of such pairs at which the unit is on. */
  readonly active: number;
}

const Options = z.strictObject({
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

const columns: readonly Column[] = [
  {
    name: 'flipped',
    type: 'float64',
    unit: '1',
    meaning:
      'share of relu units, over the training samples, that are on where they were off at first, or off where on',
  },
  {
    name: 'active',
    type: 'float64',
    unit: '1',
    meaning: 'share of relu units, over the training samples, that are on',
  },
];

/**
 * How much of the pattern of active relu units on the training set has changed since the first row that was measured:
 * next to nothing in the lazy regime.
 *
 * Cost: the slopes of the activations are read, n numbers a unit.
 * Source: Chizat et al. 2019 (arXiv 1812.07956), section 3, "stability of activations".
 * @throws {UndefinedProbeError} with the first row, when the model has no relu.
 */
export function reluFlips<Name extends string = 'reluFlips'>(options?: {
  readonly as?: Name;
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, ReluFlipsFields>;
export function reluFlips<Name extends string = 'reluFlips'>(options: {
  readonly as?: Name;
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<ReluFlipsFields>>;
export function reluFlips(options: object = {}): Annotator<TrainingStep, string, Nullable<ReluFlipsFields>> {
  const { as = 'reluFlips', cadence } = checked('reluFlips', Options, options);
  return annotator<TrainingStep, string, ReluFlipsFields>({
    name: as,
    meaning: 'relu units that have changed sides',
    columns,
    cadence,
    start({ probe: { train } }) {
      // Where it can be known at once, it is said at once, whatever the cadence.
      const seen = patternOf(train);
      if (isPromise(seen)) seen.catch(() => {});
      let initial: Uint8Array | undefined;
      return {
        measure: ({ probe }) =>
          whenReady(patternOf(probe.train), (pattern) => {
            initial ??= pattern;
            let flipped = 0;
            let active = 0;
            for (let index = 0; index < pattern.length; index++) {
              flipped += pattern[index]! ^ initial[index]!;
              active += pattern[index]!;
            }
            return { flipped: flipped / pattern.length, active: active / pattern.length };
          }),
        save: () => (initial === undefined ? null : packed(initial)),
        restore: (saved: Int32Array | null) => {
          initial = saved === null ? undefined : unpacked(saved);
        },
      };
    },
  });
}

function patternOf(lens: Lens): Eventual<Uint8Array> {
  return whenReady(lens.activationPattern(), (pattern) => {
    if (pattern === null) throw new UndefinedProbeError('reluFlips', 'the model has no relu');
    return pattern;
  });
}

/** 32 units a number, and their count. */
function packed(pattern: Uint8Array): Int32Array {
  const words = new Int32Array(Math.ceil(pattern.length / 32) + 1);
  words[0] = pattern.length;
  for (let index = 0; index < pattern.length; index++) words[1 + (index >> 5)]! |= pattern[index]! << (index & 31);
  return words;
}

function unpacked(words: Int32Array): Uint8Array {
  return Uint8Array.from({ length: words[0]! }, (_, index) => (words[1 + (index >> 5)]! >>> (index & 31)) & 1);
}
