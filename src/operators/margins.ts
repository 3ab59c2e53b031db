import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenBoth, whenReady } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface MarginsFields {
  /** Smallest margin over the training samples: positive once all are classified rightly. */
  readonly smallest: number;
  /** Median margin. */
  readonly median: number;
  /** The smallest over |w|, the length of all parameters. */
  readonly normalised: number;
  /** The smallest over |w|^L; null unless the model is homogeneous, f(a w) = a^L f(w). */
  readonly homogeneous: number | null;
}

const Options = z.strictObject({
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

const columns: readonly Column[] = [
  { name: 'smallest', type: 'float64', unit: 'output', meaning: 'smallest margin over the samples' },
  { name: 'median', type: 'float64', unit: 'output', meaning: 'median margin over the samples' },
  {
    name: 'normalised',
    type: 'float64',
    unit: 'output / parameters',
    meaning: 'smallest margin over the length of all parameters',
  },
  {
    name: 'homogeneous',
    type: 'float64',
    unit: '1',
    meaning:
      'smallest margin over the length of all parameters to the degree of the model; null of models that are not homogeneous',
    nullable: true,
  },
];

/**
 * Margins of classification: y f of one output, else the output of the right class minus the largest other; normalised
 * by the length of the parameters, and for homogeneous models (relu without biases, but for those of the first layer)
 * by its power, which is what gradient descent on cross-entropy comes to maximise.
 *
 * Cost: the outputs, and once a forward derivative, which tells the degree of the model.
 * Source: Lyu and Li 2020 (arXiv 1906.05890), section 4.
 * @throws {UndefinedProbeError} with the first row, when the task has no classes.
 */
export function margins<Name extends string = 'margins'>(options?: {
  readonly as?: Name;
  readonly on?: 'batch' | 'train';
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, MarginsFields>;
export function margins<Name extends string = 'margins'>(options: {
  readonly as?: Name;
  readonly on?: 'batch' | 'train';
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<MarginsFields>>;
export function margins(options: object = {}): Annotator<TrainingStep, string, Nullable<MarginsFields>> {
  const { as = 'margins', on, cadence } = checked('margins', Options, options);
  return annotator<TrainingStep, string, MarginsFields>({
    name: as,
    meaning: 'margins of classification',
    columns,
    cadence,
    start({ probe: { abilities } }) {
      if (!abilities.classes) {
        throw new UndefinedProbeError('margins', `task '${abilities.task}' has no classes to tell apart`);
      }
      let degree: number | null | undefined;
      return {
        measure: (row) => {
          const lens = row.probe[on];
          return whenBoth(lens.margins(), lens.parameterNorms(), (found, norms) =>
            whenReady(degree === undefined ? lens.homogeneity() : degree, (power) => {
              degree = power;
              const length = Math.hypot(...norms);
              const sorted = found.slice().sort();
              const smallest = sorted[0]!;
              return {
                smallest,
                median: (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2,
                normalised: smallest / length,
                homogeneous: power === null ? null : smallest / length ** power,
              };
            }),
          );
        },
        save: () => (degree === undefined ? 'unknown' : degree),
        restore: (saved: number | null | 'unknown') => {
          degree = saved === 'unknown' ? undefined : saved;
        },
      };
    },
  });
}
