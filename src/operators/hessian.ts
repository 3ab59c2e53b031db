import { z } from 'zod';
import { type ColumnDescription, mostElements, vectorGroup } from '../columns.ts';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import type { Lens } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';
import { checkSeparateSamples } from './separateSamples.ts';

export interface HessianFields {
  /** As many as the rank asked for, the first first; null where the model has fewer parameters. */
  readonly eigenvalues: readonly [number, ...(number | null)[]];
  /** The optimizer's stability limit over the largest eigenvalue; null where none is positive, or it is not asked for. */
  readonly criticalLearningRate: number | null;
  /** Estimate of the trace, and its standard error; null unless `traceDirections` are given. */
  readonly trace: number | null;
  readonly traceError: number | null;
}

const Options = z.strictObject({
  rank: z.int().min(1).max(mostElements).default(1),
  end: z.enum(['largest', 'smallest', 'magnitude']).default('largest'),
  traceDirections: z.int().min(2).optional(),
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface HessianOptions<Name extends string> {
  /** How many eigenvalues. Default 1. */
  readonly rank?: number;
  /** Which: the largest (default), the smallest, ascending, or the largest in size. */
  readonly end?: 'largest' | 'smallest' | 'magnitude';
  /** Random directions for an estimate of the trace. Default: no estimate. */
  readonly traceDirections?: number;
  /** Name of the group, where `hessian` is taken. */
  readonly as?: Name;
  /** The samples: the whole training set (default) or this step's batch. */
  readonly on?: 'batch' | 'train';
}

/**
 * Eigenvalues of the exact Hessian of the loss in all parameters, and the local limit of the learning rate that follows.
 *
 * ```
 * hessian({ rank: 2, cadence: every(10) })   { eigenvalues: [4.1, 0.7], criticalLearningRate, trace: null, .. }
 * ```
 *
 * Cost: some three gradients a product, five products or so for the first eigenvalue from a warm start, tens for
 * several; one for each direction of the trace. Give it a cadence.
 * Sources: Pearlmutter 1994 (Neural Computation 6) for the products; Cohen et al. 2021 (arXiv 2103.00065) for 2 / lambda_max.
 * @throws {UndefinedProbeError} with the first row it measures, naming the kernel of a layer that has no derivative.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function hessian<Name extends string = 'hessian'>(
  options?: HessianOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, HessianFields>;
export function hessian<Name extends string = 'hessian'>(
  options: HessianOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<HessianFields>>;
export function hessian(options: object = {}): Annotator<TrainingStep, string, Nullable<HessianFields>> {
  const { rank, end, traceDirections, as = 'hessian', on, cadence } = checked('hessian', Options, options);
  return annotator<TrainingStep, string, Nullable<HessianFields>>({
    name: as,
    meaning: 'curvature of the loss',
    columns: columnsOf(rank, end),
    cadence,
    start(first) {
      checkSeparateSamples('hessian', first.probe.abilities, on);
      const limited = end === 'largest' && !first.probe.abilities.preconditioned;
      return (row) => {
        const lens = row.probe[on];
        return whenBoth(
          eigenvalues(lens, rank, end),
          limited ? lens.hessianCriticalLearningRate() : null,
          (found, limit) =>
            whenReady(
              traceDirections === undefined ? null : lens.hessianTraceEstimate(traceDirections),
              (estimate) => ({
                eigenvalues: found,
                criticalLearningRate: limit,
                trace: estimate?.value ?? null,
                traceError: estimate?.standardError ?? null,
              }),
            ),
        );
      };
    },
  });
}

function eigenvalues(
  lens: Lens,
  rank: number,
  end: 'largest' | 'smallest' | 'magnitude',
): Eventual<HessianFields['eigenvalues']> {
  return whenReady(lens.hessianEigenpairs(rank, end), ({ values: [first, ...others] }) => [
    first!,
    // Of fewer parameters than the rank, what there is.
    ...Array.from({ length: rank - 1 }, (_, k) => others[k] ?? null),
  ]);
}

function columnsOf(rank: number, end: string): readonly ColumnDescription[] {
  const [one, all] =
    end === 'magnitude'
      ? ['eigenvalue of the Hessian largest in size', 'eigenvalues of the Hessian largest in size, descending in size']
      : [
          `${end} eigenvalue of the Hessian`,
          `${end} eigenvalues of the Hessian, ${end === 'largest' ? 'descending' : 'ascending'}`,
        ];
  return [
    vectorGroup({
      name: 'eigenvalues',
      length: rank,
      type: 'float64',
      unit: 'eigenvalue',
      meaning: all,
      meaningAt: (place) => `${place === 0 ? '' : `${place + 1}. `}${one}`,
      nullableElements: rank > 1,
    }),
    {
      name: 'criticalLearningRate',
      type: 'float64',
      unit: 'learning rate',
      meaning:
        'stability limit of the optimizer over the largest eigenvalue; null where none is positive, and for other ends and preconditioned optimizers',
      nullable: true,
    },
    {
      name: 'trace',
      type: 'float64',
      unit: 'eigenvalue',
      meaning: 'estimate of the trace from random directions',
      nullable: true,
    },
    {
      name: 'traceError',
      type: 'float64',
      unit: 'eigenvalue',
      meaning: 'standard error of that estimate',
      nullable: true,
    },
  ];
}
