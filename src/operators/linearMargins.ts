import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface LinearMarginFields {
  readonly l1Norm: number;
  readonly l2Norm: number;
  /** min_i y_i w . x_i / |w|_1 and / |w|_2; NaN at w = 0. */
  readonly l1Margin: number;
  readonly l2Margin: number;
  /** Test accuracy over the population, where the task knows it. */
  readonly exactAccuracy: number | null;
}

const columns: readonly Column[] = [
  { name: 'l1Norm', type: 'float64', unit: 'L1 norm', meaning: 'sum of the sizes of the weights w', axis: 'log' },
  { name: 'l2Norm', type: 'float64', unit: 'L2 norm', meaning: 'Euclidean length of the weights w', axis: 'log' },
  { name: 'l1Margin', type: 'float64', unit: 'L1 margin', meaning: 'smallest y w . x on the training set over |w|_1' },
  { name: 'l2Margin', type: 'float64', unit: 'L2 margin', meaning: 'smallest y w . x on the training set over |w|_2' },
  {
    name: 'exactAccuracy',
    type: 'float64',
    unit: 'accuracy',
    meaning: 'test accuracy over the population, from the weights in closed form',
    nullable: true,
  },
];

export interface LinearMarginsOptions<Name extends string> {
  readonly as?: Name;
  readonly cadence: Cadence;
  /** Test accuracy from the weights, where the task has a formula. */
  readonly exactAccuracy?: ((weights: ArrayLike<number>) => number) | undefined;
}

/**
 * Norms and margins of a classifier that is linear in its inputs with one output, whatever its parameters look like.
 *
 * ```
 * linear.l2Margin    .30  .31  .31  .30  .25  .24
 * linear.l1Margin    .011 .011 .011 .02  .20  .33
 * ```
 *
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @throws {UndefinedProbeError} with the first row, when the task has no classes.
 */
export function linearMargins<Name extends string = 'linear'>(
  options: LinearMarginsOptions<Name>,
): Annotator<TrainingStep, Name, Nullable<LinearMarginFields>> {
  const { as = 'linear' as Name, cadence, exactAccuracy } = options;
  return annotator<TrainingStep, Name, LinearMarginFields>({
    name: as,
    meaning: 'norms and margins of the weights of a linear classifier',
    columns,
    cadence,
    start(first) {
      const { classes, task } = first.probe.abilities;
      if (!classes) throw new UndefinedProbeError('linearMargins', `task '${task}' has no classes`);
      return ({ probe: { train } }) =>
        whenBoth(train.averageInputGradient(), train.margins(), (weights, margins) => {
          const smallest = margins.reduce((least, margin) => Math.min(least, margin), Number.POSITIVE_INFINITY);
          let l1Norm = 0;
          let squares = 0;
          for (const weight of weights) {
            l1Norm += Math.abs(weight);
            squares += weight * weight;
          }
          const l2Norm = Math.sqrt(squares);
          return {
            l1Norm,
            l2Norm,
            l1Margin: smallest / l1Norm,
            l2Margin: smallest / l2Norm,
            exactAccuracy: exactAccuracy?.(weights) ?? null,
          };
        });
    },
  });
}
