import { equalLength } from './equalLength.ts';
import { mean } from './mean.ts';
import { standardError } from './standardDeviation.ts';

/** What two treatments of the same subjects (seeds, say) differ by. */
export interface PairedDifference {
  /** Number of pairs. */
  readonly pairs: number;
  /** Mean of the differences, treated minus baseline. */
  readonly mean: number;
  /** Standard error of that mean; NaN of fewer than two pairs. */
  readonly standardError: number;
  /** Pairs in which the treated value is the higher one, the lower one, the same; a pair with a NaN is none of them. */
  readonly higher: number;
  readonly lower: number;
  readonly equal: number;
}

/**
 * Differences within pairs: what the pairs have in common (the same data, the same initialisation) drops out, which a
 * comparison of two means would leave in the error.
 * @throws {RangeError} when the two are not equally many
 */
export function pairedDifference(treated: readonly number[], baseline: readonly number[]): PairedDifference {
  equalLength('pairedDifference', treated, baseline);

  const differences = treated.map((value, i) => value - baseline[i]!);
  const count = (holds: (a: number, b: number) => boolean) =>
    treated.filter((value, i) => holds(value, baseline[i]!)).length;
  return {
    pairs: treated.length,
    mean: mean(differences),
    standardError: standardError(differences),
    higher: count((a, b) => a > b),
    lower: count((a, b) => a < b),
    equal: count((a, b) => a === b),
  };
}
