import type { Column } from '../columns.ts';
import { type Eventual, whenReady } from '../eventual.ts';
import { cosine, type PredictorPair } from '../predictors/predictor.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface PredictorCosineFields {
  /** Cosine with the predictor that training passes by early. */
  readonly early: number;
  /** Cosine with the one it ends near; null where none was computed. */
  readonly late: number | null;
}

export interface PredictorCosinesOptions<Name extends string> {
  readonly as?: Name;
  readonly predictors: PredictorPair;
  /** What the model is compared in, in words: `weights`, `entries of the matrix`. */
  readonly compared: string;
  /** The model's counterpart of `Predictor.values`, as many numbers. */
  readonly solution: (row: TrainingStep) => Eventual<ArrayLike<number>>;
  readonly cadence: Cadence;
}

/**
 * How near the model is to two solutions that theory names, computed without training: cosines over time, NaN while the
 * model is 0.
 *
 * ```
 * predictors.early    .99  .99  .99  .98  .60  .29     the kernel predictor
 * predictors.late     .26  .26  .26  .27  .80  1       where weight decay leads
 * ```
 *
 * Source: Lyu et al. 2024 (arXiv 2311.18817).
 * @throws {RangeError} when the solution does not have as many numbers as the predictors.
 */
export function predictorCosines<Name extends string = 'predictors'>(
  options: PredictorCosinesOptions<Name>,
): Annotator<TrainingStep, Name, Nullable<PredictorCosineFields>> {
  const { as = 'predictors' as Name, predictors, compared, solution, cadence } = options;
  const { early, late } = predictors;
  const column = (name: string, of: string): Column => ({
    name,
    type: 'float64',
    unit: 'cosine',
    meaning: `cosine of the ${compared} with those of the ${of}`,
    nullable: true,
  });
  return annotator<TrainingStep, Name, PredictorCosineFields>({
    name: as,
    meaning: 'likeness to solutions computed without training',
    columns: [column('early', early.name), column('late', late?.name ?? 'late predictor, which was not computed')],
    cadence,
    start: () => (row) =>
      whenReady(solution(row), (values) => {
        if (values.length !== early.values.length) {
          throw new RangeError(
            `predictorCosines: ${values.length} numbers of the model: expected ${early.values.length}, as the ${early.name} has`,
          );
        }
        return { early: cosine(values, early.values), late: late === null ? null : cosine(values, late.values) };
      }),
  });
}
