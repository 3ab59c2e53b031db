import { mean } from '../../src/statistics/mean.ts';
import { type PairedDifference, pairedDifference } from '../../src/statistics/pairedDifference.ts';
import { standardDeviation } from '../../src/statistics/standardDeviation.ts';
import { type ResultNumbers, resultNumbers } from '../../src/sweep/resultNumbers.ts';
import type { VariantResult } from '../../src/sweep/variants.ts';
import type { StudyVariant } from './study.ts';

/** A number over the runs of a variant that ended with a finite one. */
export interface FiniteSpread {
  readonly count: number;
  readonly mean: number;
  /** NaN of fewer than two. */
  readonly standardDeviation: number;
}

/** The numbers of all runs of a part, by variant and seed. */
export class PartNumbers {
  readonly #runs = new Map<string, Map<number, ResultNumbers>>();

  /** @param results of the variants in their order */
  constructor(variants: readonly StudyVariant[], results: readonly VariantResult[]) {
    for (const { label } of variants) this.#runs.set(label, new Map());
    for (const { cell, seed, outcome } of results) {
      if (outcome.state === 'finished' && seed !== null)
        this.#runs.get(variants[cell]!.label)!.set(seed, resultNumbers(outcome.result));
    }
  }

  /** Of one variant, or of all, seed by seed; what is not there or not finite is left out. */
  values(path: string, label?: string): number[] {
    return this.together([path], label).map(([value]) => value!);
  }

  /** Several numbers of each run that has all of them. */
  together(paths: readonly string[], label?: string): number[][] {
    const variants = label === undefined ? [...this.#runs.values()] : [this.#of(label)];
    return variants.flatMap((runs) =>
      [...runs.values()]
        .map((numbers) => paths.map((path) => numbers.get(path) ?? Number.NaN))
        .filter((values) => values.every(Number.isFinite)),
    );
  }

  mean(path: string, label: string): number {
    return mean(this.values(path, label));
  }

  spread(path: string, label: string): FiniteSpread {
    const values = this.values(path, label);
    return { count: values.length, mean: mean(values), standardDeviation: standardDeviation(values) };
  }

  /** Seeds that both have finished, with a finite number or without; and the differences where both are finite. */
  difference(path: string, of: string, than: string): { readonly seeds: number; readonly pairs: PairedDifference } {
    const [own, others] = [this.#of(of), this.#of(than)];
    const seeds = [...own.keys()].filter((seed) => others.has(seed));
    const both = seeds
      .map((seed) => [own.get(seed)!.get(path) ?? Number.NaN, others.get(seed)!.get(path) ?? Number.NaN] as const)
      .filter((pair) => pair.every(Number.isFinite));
    const pairs = pairedDifference(
      both.map(([value]) => value),
      both.map(([, value]) => value),
    );
    return { seeds: seeds.length, pairs };
  }

  /** Runs of a variant that finished. */
  finished(label: string): number {
    return this.#of(label).size;
  }

  #of(label: string): Map<number, ResultNumbers> {
    const runs = this.#runs.get(label);
    if (runs === undefined)
      throw new RangeError(`study: no variant '${label}' among ${[...this.#runs.keys()].join(', ')}`);
    return runs;
  }
}
