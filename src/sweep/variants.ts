import type { Json } from '../run.ts';
import { type Job, jobKey, type Outcome, type Parameters } from './job.ts';

/** Variants of one pipeline, each run with the same seeds. */
export interface Variants {
  /** Where the pipeline is: see {@link Job}. */
  readonly module: string;
  readonly export?: string;
  /** What all runs have in common. */
  readonly parameters?: Parameters;
  /** What each variant has of its own; `gridCells` makes them from a grid. At least one, of which any may be empty. */
  readonly cells: readonly Parameters[];
  /** Given to the pipeline as `seed`. Default: one run a cell, with the seed that the parameters say. */
  readonly seeds?: readonly number[];
}

/** One run of one variant. */
export interface VariantRun {
  /** Position among the cells. */
  readonly cell: number;
  readonly parameters: Parameters;
  readonly seed: number | null;
  readonly job: Job;
}

/** What a run of a variant came to. */
export interface VariantResult extends VariantRun {
  readonly outcome: Outcome;
  /** Whether it was read from the results of an earlier sweep and not run again. */
  readonly reused: boolean;
}

/** Every choice of one value of each, the last one changing fastest; one empty cell for a grid of nothing. */
export function gridCells(grid: { readonly [name: string]: readonly Json[] }): Parameters[] {
  return Object.entries(grid).reduce<Parameters[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
}

/**
 * The runs of all variants, cell by cell, within a cell seed by seed.
 * @throws {RangeError} when two of them are the same run, or there is none
 */
export function variantRuns({ module, export: name, parameters = {}, cells, seeds }: Variants): VariantRun[] {
  const runs = cells.flatMap((own, cell) =>
    (seeds ?? [null]).map((seed): VariantRun => {
      const job: Job = {
        name: [cellLabel(own), ...(seed === null ? [] : [`seed=${seed}`])].filter(Boolean).join(' ') || 'run',
        module,
        ...(name === undefined ? {} : { export: name }),
        parameters: { ...parameters, ...own, ...(seed === null ? {} : { seed }) },
      };
      return { cell, parameters: own, seed, job };
    }),
  );
  if (runs.length === 0) throw new RangeError('sweep: no runs: expected at least one cell and one seed');
  const keys = new Set<string>();
  for (const { job } of runs) {
    const key = jobKey(job);
    if (keys.has(key)) throw new RangeError(`sweep: ${job.name} is there twice: expected runs that differ`);
    keys.add(key);
  }
  return runs;
}

/** `lr=0.1 batchSize=5` */
export function cellLabel(cell: Parameters): string {
  return Object.entries(cell)
    .map(([name, value]) => `${name}=${valueLabel(value)}`)
    .join(' ');
}

/** A value as it stands in a table: text without quotes, numbers in at most six digits. */
export function valueLabel(value: Json | undefined): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '-');
}
