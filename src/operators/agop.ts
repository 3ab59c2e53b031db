import { z } from 'zod';
import { type ColumnDescription, mostElements, vectorGroup } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface AgopFields {
  /** The largest, descending: as many as the rank asked for. */
  readonly eigenvalues: readonly [number, ...number[]];
  /** Sum of all eigenvalues: the mean squared length of the input gradients. */
  readonly trace: number;
  /** Share of the trace in the eigenvalues told: 1 when that many directions are all the model looks at. */
  readonly topShare: number;
}

const Options = z.strictObject({
  rank: z.int().min(1).max(mostElements).default(1),
  output: z.int().min(0).optional(),
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface AgopOptions<Name extends string> {
  /** How many eigenvalues. Default 1. */
  readonly rank?: number;
  /** One output, from 0. Default: the sum over outputs. */
  readonly output?: number;
  /** Name of the group, where `agop` is taken. */
  readonly as?: Name;
  /** The samples G is averaged over: the whole training set (default) or this step's batch. */
  readonly on?: 'batch' | 'train';
}

function columnsOf(rank: number): readonly ColumnDescription[] {
  return [
    vectorGroup({
      name: 'eigenvalues',
      length: rank,
      type: 'float64',
      unit: 'eigenvalue',
      meaning: 'largest eigenvalues of the AGOP, descending',
      meaningAt: (place) => `${place === 0 ? '' : `${place + 1}. `}largest eigenvalue of the AGOP`,
    }),
    { name: 'trace', type: 'float64', unit: 'eigenvalue', meaning: 'mean squared length of the input gradients' },
    { name: 'topShare', type: 'float64', unit: '1', meaning: 'share of the trace in the eigenvalues told' },
  ];
}

/**
 * Spectrum of the average gradient outer product G = (1/n) sum over samples and outputs of grad f grad f^T: how much the
 * model depends on its inputs, and on how few directions of them.
 *
 * Cost: the input gradients, n c d m flops with m units in the first layer, and the smaller of G and their Gram matrix.
 * Source: Radhakrishnan et al. 2024 (Science 383); Zhu et al. 2024 (arXiv 2306.04815), section 4.
 * @throws {UndefinedProbeError} with the first row, when the model has no such output or fewer inputs than the rank.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function agop<Name extends string = 'agop'>(
  options?: AgopOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, AgopFields>;
export function agop<Name extends string = 'agop'>(
  options: AgopOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<AgopFields>>;
export function agop(options: object = {}): Annotator<TrainingStep, string, Nullable<AgopFields>> {
  const { rank, output, as = 'agop', on, cadence } = checked('agop', Options, options);
  return annotator<TrainingStep, string, AgopFields>({
    name: as,
    meaning: `spectrum of the average gradient outer product${output === undefined ? '' : ` of output ${output}`}`,
    columns: columnsOf(rank),
    cadence,
    start({ probe: { train } }) {
      if (output !== undefined && output >= train.outputs) {
        throw new UndefinedProbeError('agop', `output = ${output}: the model has outputs 0 to ${train.outputs - 1}`);
      }
      if (rank > train.dimension) {
        throw new UndefinedProbeError('agop', `rank = ${rank}: the AGOP has order ${train.dimension}`);
      }
      return (row) => {
        const lens = row.probe[on];
        return whenBoth(lens.agopEigenpairs(rank, output), lens.agopTrace(output), ({ values }, trace) => ({
          eigenvalues: Array.from(values) as [number, ...number[]],
          trace,
          topShare: values.reduce((sum, value) => sum + value, 0) / trace,
        }));
      };
    },
  });
}
