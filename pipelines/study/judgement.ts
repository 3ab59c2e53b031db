import type { PairedDifference } from '../../src/statistics/pairedDifference.ts';
import type { PartNumbers } from './partNumbers.ts';
import type { Check, Claim, DifferenceCheck, ValueCheck } from './study.ts';

export type Verdict = 'reproduces' | 'mixed' | 'does not reproduce' | 'too few seeds';

/** How a check came out, with the numbers that it was decided by. */
export type CheckResult =
  | {
      readonly check: DifferenceCheck;
      readonly holds: boolean;
      /** Seeds that both variants have finished, with finite numbers or not. */
      readonly seeds: number;
      readonly pairs: PairedDifference;
    }
  | { readonly check: ValueCheck; readonly holds: boolean; readonly value: number };

export interface JudgedClaim {
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
}

/** Fewer pairs decide nothing. */
const LEAST_PAIRS = 3;

/** The rule in words, as it stands under every report. */
export const ruleText =
  'A difference holds when its mean over the seeds has the expected sign and is more than two standard errors from 0, ' +
  'and at least four fifths of the seeds have that sign (a run that diverged counts against it). A claim reproduces ' +
  'when all of its checks hold, does not when none does, and is mixed else.';

/** Decides a claim by {@link ruleText}. */
export function judged(claim: Claim, numbers: PartNumbers): JudgedClaim {
  const checks = claim.checks.map((check) => decided(check, numbers));
  return { claim, checks, verdict: verdictOf(checks) };
}

function verdictOf(checks: readonly CheckResult[]): Verdict {
  if (checks.some((result) => 'pairs' in result && result.seeds < LEAST_PAIRS)) return 'too few seeds';
  const holding = checks.filter(({ holds }) => holds).length;
  if (holding === checks.length) return 'reproduces';
  return holding === 0 ? 'does not reproduce' : 'mixed';
}

function decided(check: Check, numbers: PartNumbers): CheckResult {
  if (check.kind === 'value') {
    const value = check.of(numbers);
    return { check, value, holds: check.holds(value) };
  }
  const { seeds, pairs } = numbers.difference(check.number, check.of, check.than);
  const sign = check.expected === 'higher' ? 1 : -1;
  const agreeing = check.expected === 'higher' ? pairs.higher : pairs.lower;
  const clear = sign * pairs.mean > 2 * pairs.standardError;
  return { check, seeds, pairs, holds: clear && agreeing >= 0.8 * seeds };
}
