import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import { cosine, gradientDecomposition as decomposed } from '../probes/gradientDecomposition.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface GradientDecompositionFields {
  /** |G|, of the whole training set. */
  readonly fullNorm: number;
  /** |g|, of this step's batch. */
  readonly batchNorm: number;
  /** Cosine of g with G; null where one of them is 0. */
  readonly cosine: number | null;
  /** Length of g's projection on G, negative where they point apart. */
  readonly projection: number;
  /** Length of what is left of g. */
  readonly noiseNorm: number;
  /** Cosine with G of the moving average of the batches' gradients, this one included; null where one of them is 0. */
  readonly averageCosine: number | null;
}

const Options = z.strictObject({
  average: z.number().min(0).lt(1).default(0.9),
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface GradientDecompositionOptions<Name extends string> {
  /** lambda of the average m <- lambda m + (1 - lambda) g over the rows that are measured, m = g at first. Default .9. */
  readonly average?: number;
  /** Name of the group, where `gradientDecomposition` is taken. */
  readonly as?: Name;
}

const columns: readonly Column[] = [
  { name: 'fullNorm', type: 'float64', unit: 'gradient', meaning: 'length of the gradient of the whole training set' },
  { name: 'batchNorm', type: 'float64', unit: 'gradient', meaning: 'length of the gradient of the batch' },
  {
    name: 'cosine',
    type: 'float64',
    unit: 'cosine',
    meaning: 'cosine of the gradient of the batch with the full gradient',
    nullable: true,
  },
  {
    name: 'projection',
    type: 'float64',
    unit: 'gradient',
    meaning: 'length of the projection of the gradient of the batch on the full gradient, with its sign',
  },
  {
    name: 'noiseNorm',
    type: 'float64',
    unit: 'gradient',
    meaning: 'length of what the projection leaves of the gradient of the batch',
  },
  {
    name: 'averageCosine',
    type: 'float64',
    unit: 'cosine',
    meaning: 'cosine of the moving average of the gradients of the batches with the full gradient',
    nullable: true,
  },
];

/**
 * Splits the gradient of each batch into its part along the gradient of the whole training set and the rest, the
 * batch's own noise, and says how well a moving average of batch gradients stands in for the full one.
 *
 * Cost: a forward and a backward pass over the training set; the batch's own gradient is the one it is trained with.
 * Source: Li et al. 2024 (arXiv 2403.12350), section 4.
 * @throws {UndefinedProbeError} with the first row, when the batch is the whole training set.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function gradientDecomposition<Name extends string = 'gradientDecomposition'>(
  options?: GradientDecompositionOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, GradientDecompositionFields>;
export function gradientDecomposition<Name extends string = 'gradientDecomposition'>(
  options: GradientDecompositionOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<GradientDecompositionFields>>;
export function gradientDecomposition(
  options: object = {},
): Annotator<TrainingStep, string, Nullable<GradientDecompositionFields>> {
  const { average, as = 'gradientDecomposition', cadence } = checked('gradientDecomposition', Options, options);
  return annotator<TrainingStep, string, GradientDecompositionFields>({
    name: as,
    meaning: 'gradient of the batch against that of the training set',
    columns,
    cadence,
    start({ probe }) {
      if (probe.batch === probe.train) {
        throw new UndefinedProbeError(
          'gradientDecomposition',
          'the batch is the whole training set, whose gradient has no noise: give train() a batchSize',
        );
      }
      let mean: Float32Array | null = null;
      return {
        measure: ({ probe: { batch, train } }) =>
          whenBoth(batch.gradient(), train.gradient(), (gradient, full) => {
            const before: Float32Array | null = mean;
            mean =
              before === null
                ? gradient.slice()
                : gradient.map((value, index) => average * before[index]! + (1 - average) * value);
            const parts = decomposed(gradient, full);
            return {
              fullNorm: parts.fullNorm,
              batchNorm: parts.batchNorm,
              cosine: defined(parts.cosine),
              projection: parts.coefficient * parts.fullNorm,
              noiseNorm: parts.noiseNorm,
              averageCosine: defined(cosine(mean, full)),
            };
          }),
        save: () => mean,
        restore: (saved: Float32Array | null) => {
          mean = saved;
        },
      };
    },
  });
}

function defined(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
