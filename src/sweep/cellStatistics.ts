import { mean } from '../statistics/mean.ts';
import { type PairedDifference, pairedDifference } from '../statistics/pairedDifference.ts';
import { standardDeviation } from '../statistics/standardDeviation.ts';
import type { Parameters } from './job.ts';
import { type ResultNumbers, resultNumbers } from './resultNumbers.ts';
import type { VariantResult } from './variants.ts';

/** A number of the result over the runs of a cell. */
export interface Spread {
  /** Runs that have it. */
  readonly count: number;
  readonly mean: number;
  /** Standard deviation over the runs; NaN of fewer than two. */
  readonly standardDeviation: number;
}

/** What the runs of one variant came to. */
export interface CellStatistics {
  readonly parameters: Parameters;
  readonly runs: number;
  readonly finished: number;
  readonly failed: number;
  /** By the path in the result: `testLoss.after`. */
  readonly numbers: ReadonlyMap<string, Spread>;
}

/** Mean and standard deviation over the seeds of every number in the results, cell by cell. */
export function cellStatistics(results: readonly VariantResult[]): CellStatistics[] {
  return byCell(results).map((runs) => {
    const values = new Map<string, number[]>();
    for (const run of runs) {
      for (const [path, value] of numbersOf(run) ?? []) {
        const list = values.get(path) ?? [];
        values.set(path, list);
        list.push(value);
      }
    }
    return {
      parameters: runs[0]!.parameters,
      runs: runs.length,
      finished: runs.filter(({ outcome }) => outcome.state === 'finished').length,
      failed: runs.filter(({ outcome }) => outcome.state === 'failed').length,
      numbers: new Map(
        [...values].map(([path, list]) => [
          path,
          { count: list.length, mean: mean(list), standardDeviation: standardDeviation(list) },
        ]),
      ),
    };
  });
}

/** A variant beside the one it is compared with. */
export interface CellComparison {
  readonly parameters: Parameters;
  readonly baseline: Parameters;
  /** Differences within pairs of runs of one seed, this variant minus the baseline, by the path in the result. */
  readonly numbers: ReadonlyMap<string, PairedDifference>;
}

/**
 * Every variant beside the one that differs from it only in having the baseline's values: with `{ method: 'sgd' }`, each
 * other method beside sgd with the same learning rate. Pairs are runs of one seed that have both finished.
 * @throws {RangeError} when no variant has the baseline's values
 */
export function compareCells(results: readonly VariantResult[], baseline: Parameters): CellComparison[] {
  const cells = byCell(results);
  const differs = (a: Parameters, b: Parameters) =>
    Object.keys({ ...a, ...b }).some((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  const partnerOf = (own: Parameters) => cells.find((runs) => !differs(runs[0]!.parameters, { ...own, ...baseline }));
  if (cells.every((runs) => differs(runs[0]!.parameters, { ...runs[0]!.parameters, ...baseline })))
    throw new RangeError(`sweep: no variant has ${JSON.stringify(baseline)} to compare with`);
  return cells.flatMap((runs): CellComparison[] => {
    const { parameters } = runs[0]!;
    const partners = partnerOf(parameters);
    if (partners === undefined || partners === runs) return [];
    const pairs = runs.flatMap((run) => {
      const own = numbersOf(run);
      const other = partners.find(({ seed }) => seed === run.seed);
      const others = other && numbersOf(other);
      return own && others ? [[own, others] as const] : [];
    });
    const paths = new Set(pairs.flatMap(([own]) => [...own.keys()]));
    const numbers = new Map<string, PairedDifference>();
    for (const path of paths) {
      const both = pairs.filter(([own, others]) => own.has(path) && others.has(path));
      if (both.length === 0) continue;
      numbers.set(
        path,
        pairedDifference(
          both.map(([own]) => own.get(path)!),
          both.map(([, others]) => others.get(path)!),
        ),
      );
    }
    return [{ parameters, baseline: partners[0]!.parameters, numbers }];
  });
}

function byCell(results: readonly VariantResult[]): VariantResult[][] {
  const cells = new Map<number, VariantResult[]>();
  for (const result of results) cells.set(result.cell, [...(cells.get(result.cell) ?? []), result]);
  return [...cells.values()];
}

function numbersOf({ outcome }: VariantResult): ResultNumbers | undefined {
  return outcome.state === 'finished' ? resultNumbers(outcome.result) : undefined;
}
