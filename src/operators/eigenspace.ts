import type { Column } from '../columns.ts';
import { whenReady } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface EigenspaceFields {
  /** Loss in the span of the top eigenvectors of the current tangent kernel. */
  readonly lossTop: number;
  /** The rest of the loss. */
  readonly lossComplement: number;
}

export interface EigenspaceOptions<Name extends string> {
  /** How many eigenvectors span the top eigenspace. Default 1. */
  readonly rank?: number;
  /** Name of the group, where `eigenspace` is taken. */
  readonly as?: Name;
  /** The samples: this step's batch (default) or the whole training set. */
  readonly on?: 'batch' | 'train';
}

const columns: readonly Column[] = [
  {
    name: 'lossTop',
    type: 'float64',
    unit: 'loss',
    meaning: 'loss in the top eigenspace of the current tangent kernel',
    axis: 'log',
  },
  { name: 'lossComplement', type: 'float64', unit: 'loss', meaning: 'loss in the orthogonal complement', axis: 'log' },
];

/**
 * Splits the square loss by the top eigenvectors of the current tangent kernel: a catapult is a rise of the
 * first part alone.
 *
 * ```
 * loss                        .9  1.4  4.1  2.0  .8
 * eigenspace.lossTop          .1   .6  3.3  1.2  .0
 * eigenspace.lossComplement   .8   .8   .8   .8  .8
 * ```
 *
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 * @throws {UndefinedProbeError} with the first row, when the loss is not the square loss.
 * @throws {RangeError} at once, unless rank is a whole number of at least 1.
 */
export function eigenspace<Name extends string = 'eigenspace'>(
  options?: EigenspaceOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, EigenspaceFields>;
export function eigenspace<Name extends string = 'eigenspace'>(
  options: EigenspaceOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<EigenspaceFields>>;
export function eigenspace<Name extends string = 'eigenspace'>(
  options: EigenspaceOptions<Name> & { readonly cadence?: Cadence | undefined } = {},
): Annotator<TrainingStep, Name, Nullable<EigenspaceFields>> {
  const { rank = 1, as = 'eigenspace' as Name, on = 'batch', cadence } = options;
  if (!Number.isInteger(rank) || rank < 1) {
    throw new RangeError(`eigenspace: rank = ${rank}: expected a whole number of at least 1`);
  }
  return annotator<TrainingStep, Name, EigenspaceFields>({
    name: as,
    meaning: `loss split by the top ${rank === 1 ? 'eigenvector' : `${rank} eigenvectors`} of the tangent kernel`,
    columns,
    cadence,
    start(first) {
      if (first.probe.abilities.loss !== 'square') {
        throw new UndefinedProbeError(
          'eigenspace',
          `the split is defined for the square loss, this run has ${first.probe.abilities.loss}`,
        );
      }
      return (row) =>
        whenReady(row.probe[on].lossSplit(rank), ({ top, complement }) => ({
          lossTop: top,
          lossComplement: complement,
        }));
    },
  });
}
