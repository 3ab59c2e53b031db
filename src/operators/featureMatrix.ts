import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenReady } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface FeatureMatrixFields {
  /** <M, G> / (|M| |G|), Frobenius. */
  readonly cosine: number;
  /** Correlation of the entries: the same after each matrix has lost its mean entry. */
  readonly correlation: number;
}

const Options = z.strictObject({
  root: z.boolean().default(false),
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface FeatureMatrixOptions<Name extends string> {
  /** Compares with the square root of the AGOP, at some 50 d^3 flops on the host. Default: with the AGOP itself. */
  readonly root?: boolean;
  /** Name of the group, where `featureMatrix` is taken. */
  readonly as?: Name;
  /** The samples the AGOP is averaged over: the whole training set (default) or this step's batch. */
  readonly on?: 'batch' | 'train';
}

function columnsOf(root: boolean): readonly Column[] {
  const other = root ? 'the square root of the AGOP' : 'the AGOP';
  return [
    { name: 'cosine', type: 'float64', unit: 'cosine', meaning: `cosine of the neural feature matrix with ${other}` },
    {
      name: 'correlation',
      type: 'float64',
      unit: 'correlation',
      meaning: `correlation of the entries of the neural feature matrix with those of ${other}`,
    },
  ];
}

/**
 * How alike the neural feature matrix M = W W^T of the first layer and the AGOP G are: the neural feature ansatz says
 * that training makes the one a power of the other.
 *
 * Cost: M, d^2 m flops with m units in the first layer, and the AGOP.
 * Source: Radhakrishnan et al. 2024 (Science 383).
 * @throws {UndefinedProbeError} with the first row, when the first layer is not dense on the inputs.
 */
export function featureMatrix<Name extends string = 'featureMatrix'>(
  options?: FeatureMatrixOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, FeatureMatrixFields>;
export function featureMatrix<Name extends string = 'featureMatrix'>(
  options: FeatureMatrixOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<FeatureMatrixFields>>;
export function featureMatrix(options: object = {}): Annotator<TrainingStep, string, Nullable<FeatureMatrixFields>> {
  const { root, as = 'featureMatrix', on, cadence } = checked('featureMatrix', Options, options);
  return annotator<TrainingStep, string, FeatureMatrixFields>({
    name: as,
    meaning: 'neural feature matrix of the first layer against the AGOP',
    columns: columnsOf(root),
    cadence,
    start(first) {
      if (!first.probe.abilities.denseFirstLayer) {
        throw new UndefinedProbeError('featureMatrix', 'the first layer of the model is not dense on the raw inputs');
      }
      return (row) =>
        whenReady(row.probe[on].featureCorrelation(root), ({ cosine, correlation }) => ({ cosine, correlation }));
    },
  });
}
