import { z } from 'zod';
import type { Column } from '../columns.ts';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Saved } from '../memory.ts';
import { type Eigenpairs, type Lens, type LossSplit, type Probe, UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';
import { checkSeparateSamples } from './separateSamples.ts';

export interface EigenspaceFields {
  /** Loss in the span of the top eigenvectors of the tangent kernel. */
  readonly lossTop: number;
  /** The rest of the loss. */
  readonly lossComplement: number;
}

/** The same for several ranks: `lossTop1`, `lossComplement1`, `lossTop5`, ... */
export type EigenspaceRanks<Rank extends number> = {
  readonly [K in Rank as `lossTop${K}` | `lossComplement${K}`]: number;
};

/** The residual instead of the loss: root mean squares over the samples. */
export type ResidualRanks<Rank extends number> = {
  readonly [K in Rank as `residualTop${K}` | `residualComplement${K}`]: number;
};

const Options = z.strictObject({
  rank: z.int().min(1).optional(),
  ranks: z.array(z.int().min(1)).min(1).optional(),
  kernel: z.enum(['current', 'initial']).default('current'),
  of: z.enum(['loss', 'residual']).default('loss'),
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('batch'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface EigenspaceOptions<Name extends string> {
  /** How many eigenvectors span the top eigenspace. Default 1. */
  readonly rank?: number;
  /** Whose eigenvectors: of the kernel as it is (default), or as it was at the first row that was measured. */
  readonly kernel?: 'current' | 'initial';
  /** Name of the group, where `eigenspace` is taken. */
  readonly as?: Name;
  /** The samples: this step's batch (default) or the whole training set. */
  readonly on?: 'batch' | 'train';
}

/** Several ranks from one solve, and the residual instead of the loss. */
export interface EigenspaceRanksOptions<Name extends string, Rank extends number>
  extends Omit<EigenspaceOptions<Name>, 'rank'> {
  readonly ranks: readonly Rank[];
  /**
   * What is split: the square loss (default), or the residual, which every loss has: f - y for the square loss, n times
   * the loss's derivative in the outputs for any other (cross-entropy: p - y).
   */
  readonly of?: 'loss' | 'residual';
}

type Every = { readonly cadence?: undefined };
type Some = { readonly cadence: Cadence };

/**
 * Splits the square loss by the top eigenvectors of the tangent kernel: a catapult is a rise of the first part alone.
 *
 * ```
 * loss                        .9  1.4  4.1  2.0  .8
 * eigenspace.lossTop          .1   .6  3.3  1.2  .0
 * eigenspace.lossComplement   .8   .8   .8   .8  .8
 * ```
 *
 * With `ranks: [1, 5]` the fields are `lossTop1`, `lossComplement1`, `lossTop5`, `lossComplement5`, all from one solve.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 * @throws {UndefinedProbeError} with the first row, when the loss to be split is not the square loss, or the initial
 * kernel is asked for of batches that change.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function eigenspace<Name extends string = 'eigenspace'>(
  options?: EigenspaceOptions<Name> & Every,
): Annotator<TrainingStep, Name, EigenspaceFields>;
export function eigenspace<Name extends string = 'eigenspace'>(
  options: EigenspaceOptions<Name> & Some,
): Annotator<TrainingStep, Name, Nullable<EigenspaceFields>>;
export function eigenspace<const Rank extends number, Name extends string = 'eigenspace'>(
  options: EigenspaceRanksOptions<Name, Rank> & { readonly of?: 'loss' } & Every,
): Annotator<TrainingStep, Name, EigenspaceRanks<Rank>>;
export function eigenspace<const Rank extends number, Name extends string = 'eigenspace'>(
  options: EigenspaceRanksOptions<Name, Rank> & { readonly of?: 'loss' } & Some,
): Annotator<TrainingStep, Name, Nullable<EigenspaceRanks<Rank>>>;
export function eigenspace<const Rank extends number, Name extends string = 'eigenspace'>(
  options: EigenspaceRanksOptions<Name, Rank> & { readonly of: 'residual' } & Every,
): Annotator<TrainingStep, Name, ResidualRanks<Rank>>;
export function eigenspace<const Rank extends number, Name extends string = 'eigenspace'>(
  options: EigenspaceRanksOptions<Name, Rank> & { readonly of: 'residual' } & Some,
): Annotator<TrainingStep, Name, Nullable<ResidualRanks<Rank>>>;
export function eigenspace(options: object = {}): Annotator<TrainingStep, string, object> {
  const chosen = checked('eigenspace', Options, options);
  const { rank, ranks, kernel, of, as = 'eigenspace', on, cadence } = chosen;
  if (ranks !== undefined && rank !== undefined) {
    throw new RangeError(`eigenspace: rank = ${rank}: expected either rank or ranks`);
  }
  const parts = ranks ?? [rank ?? 1];
  const suffix = (k: number) => (ranks === undefined ? '' : `${k}`);
  return annotator<TrainingStep, string, object>({
    name: as,
    meaning: `${of} split by the top eigenvectors of the ${kernel} tangent kernel: ${parts.join(', ')} of them`,
    columns: parts.flatMap((k) => columnsOf(of, kernel, k, suffix(k))),
    cadence,
    start(first) {
      check(first.probe, of, kernel, on);
      const splitter = new Splitter(Math.max(...parts), kernel, of);
      const measure = (row: TrainingStep) =>
        whenReady(splitter.splits(row.probe[on], parts), (splits) =>
          Object.fromEntries(
            splits.flatMap(({ top, complement }, index) => [
              [`${of}Top${suffix(parts[index]!)}`, top],
              [`${of}Complement${suffix(parts[index]!)}`, complement],
            ]),
          ),
        );
      if (kernel === 'current') return measure;
      return {
        measure,
        save: () => splitter.save(),
        restore: (saved: ReturnType<Splitter['save']>) => splitter.restore(saved),
      };
    },
  });
}

function columnsOf(of: 'loss' | 'residual', kernel: string, rank: number, suffix: string): readonly Column[] {
  const space = `${rank === 1 ? 'the top eigenvector' : `the top ${rank} eigenvectors`} of the ${kernel} tangent kernel`;
  const what = of === 'loss' ? 'loss' : 'root mean square of the residual';
  const unit = of === 'loss' ? 'loss' : 'residual';
  return [
    { name: `${of}Top${suffix}`, type: 'float64', unit, meaning: `${what} in the span of ${space}`, axis: 'log' },
    {
      name: `${of}Complement${suffix}`,
      type: 'float64',
      unit,
      meaning: `${what} in the orthogonal complement of ${space}`,
      axis: 'log',
    },
  ];
}

function check(probe: Probe, of: string, kernel: string, on: 'batch' | 'train'): void {
  checkSeparateSamples('eigenspace', probe.abilities, on);
  const { loss } = probe.abilities;
  if (of === 'loss' && loss !== 'square') {
    throw new UndefinedProbeError(
      'eigenspace',
      `the split is defined for the square loss, this run has ${loss}; of: 'residual' is defined for every loss`,
    );
  }
  if (kernel === 'initial' && on === 'batch' && probe.batch !== probe.train) {
    throw new UndefinedProbeError(
      'eigenspace',
      "the eigenvectors of the initial kernel are those of its own samples, and batches change: ask on: 'train'",
    );
  }
}

/** Splits by the eigenvectors of the kernel of the moment, or remembers those of the first. */
class Splitter {
  readonly #rank: number;
  readonly #initial: boolean;
  readonly #of: 'loss' | 'residual';
  #kept: Eigenpairs | undefined;

  constructor(rank: number, kernel: 'current' | 'initial', of: 'loss' | 'residual') {
    this.#rank = rank;
    this.#initial = kernel === 'initial';
    this.#of = of;
  }

  splits(lens: Lens, ranks: readonly number[]): Eventual<LossSplit[]> {
    return whenReady(this.#kept ?? lens.tangentKernelEigenpairs(this.#rank), (pairs) => {
      if (this.#initial) this.#kept ??= copied(pairs);
      const from = (index: number, found: LossSplit[]): Eventual<LossSplit[]> => {
        if (index === ranks.length) return found;
        const leading = first(pairs, ranks[index]!);
        const split = this.#of === 'loss' ? lens.lossSplit(leading) : lens.residualSplit(leading);
        return whenReady(split, (one) => from(index + 1, [...found, one]));
      };
      return from(0, []);
    });
  }

  save() {
    const { order = 0, values = null, vectors = null, residual = 0 } = this.#kept ?? {};
    return { order, values, vectors, residual } satisfies Saved;
  }

  restore({ order, values, vectors, residual }: ReturnType<Splitter['save']>): void {
    this.#kept = values === null || vectors === null ? undefined : { order, values, vectors, residual };
  }
}

function copied({ order, values, vectors, residual }: Eigenpairs): Eigenpairs {
  return { order, values: values.slice(), vectors: vectors.slice(), residual };
}

function first({ order, values, vectors, residual }: Eigenpairs, rank: number): Eigenpairs {
  return { order, values: values.subarray(0, rank), vectors: vectors.subarray(0, rank * order), residual };
}
