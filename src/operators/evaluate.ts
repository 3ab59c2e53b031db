import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface EvaluationFields {
  /** Loss on the whole training set. */
  readonly trainLoss: number;
  /** Loss on the test set. */
  readonly testLoss: number;
  /** Share of training samples classified rightly; null where the task has no classes. */
  readonly trainAccuracy: number | null;
  /** Share of test samples classified rightly; null where the task has no classes. */
  readonly testAccuracy: number | null;
}

const columns: readonly Column[] = [
  { name: 'trainLoss', type: 'float64', unit: 'loss', meaning: 'loss on the whole training set', axis: 'log' },
  { name: 'testLoss', type: 'float64', unit: 'loss', meaning: 'loss on the test set', axis: 'log' },
  {
    name: 'trainAccuracy',
    type: 'float64',
    unit: 'accuracy',
    meaning: 'share of training samples classified rightly',
    nullable: true,
  },
  {
    name: 'testAccuracy',
    type: 'float64',
    unit: 'accuracy',
    meaning: 'share of test samples classified rightly',
    nullable: true,
  },
];

/**
 * Losses and, where there are classes, accuracies on the whole training set and on the test set.
 *
 * ```
 * evaluate({ cadence: every(3) })   {..}  -  -  {..}  -  -  {..}      null in between
 * ```
 *
 * Cost: a forward pass over the test set, and over the training set unless the batch is all of it.
 */
export function evaluate<Name extends string = 'evaluation'>(options?: {
  readonly as?: Name;
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, EvaluationFields>;
export function evaluate<Name extends string = 'evaluation'>(options: {
  readonly as?: Name;
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<EvaluationFields>>;
export function evaluate<Name extends string = 'evaluation'>(
  options: { readonly as?: Name; readonly cadence?: Cadence | undefined } = {},
): Annotator<TrainingStep, Name, Nullable<EvaluationFields>> {
  const { as = 'evaluation' as Name, cadence } = options;
  return annotator<TrainingStep, Name, EvaluationFields>({
    name: as,
    meaning: 'losses and accuracies on the training and the test set',
    columns,
    cadence,
    start: () => (row) => {
      const { train, test } = row.probe;
      return whenBoth(train.loss(), test.loss(), (trainLoss, testLoss) =>
        whenBoth(train.accuracy(), test.accuracy(), (trainAccuracy, testAccuracy) => ({
          trainLoss,
          testLoss,
          trainAccuracy,
          testAccuracy,
        })),
      );
    },
  });
}
