/** An interval on the step axis: what was planted, or what a detector reported. */
export interface Interval {
  readonly begin: number;
  readonly end: number;
}

/** How reported events compare with planted ones. */
export interface Score {
  readonly planted: number;
  readonly reported: number;
  readonly matched: number;
}

/** Pairs of planted and reported events. */
export interface Matching<T, R> {
  readonly pairs: readonly { readonly planted: T; readonly reported: R }[];
  readonly missed: readonly T[];
  readonly falseAlarms: readonly R[];
}

/**
 * Matches reported events to planted ones, one to one, in order of time. A report matches if its begin lies within
 * [planted begin - tolerance, planted end + tolerance].
 * @param tolerance in steps.
 */
export function matchEvents<T extends Interval, R extends { readonly begin: number }>(
  planted: readonly T[],
  reported: readonly R[],
  tolerance: number,
): Matching<T, R> {
  const free = new Set(reported);
  const pairs: { planted: T; reported: R }[] = [];
  const missed: T[] = [];
  for (const truth of [...planted].sort((a, b) => a.begin - b.begin)) {
    let best: R | null = null;
    for (const report of free) {
      if (report.begin < truth.begin - tolerance || report.begin > truth.end + tolerance) continue;
      if (best === null || Math.abs(report.begin - truth.begin) < Math.abs(best.begin - truth.begin)) best = report;
    }
    if (best === null) missed.push(truth);
    else {
      free.delete(best);
      pairs.push({ planted: truth, reported: best });
    }
  }
  return { pairs, missed, falseAlarms: [...free] };
}

export const NO_SCORE: Score = { planted: 0, reported: 0, matched: 0 };

export function addScores(a: Score, b: Score): Score {
  return {
    planted: a.planted + b.planted,
    reported: a.reported + b.reported,
    matched: a.matched + b.matched,
  };
}

/** Share of reports that were planted; 1 if nothing was reported. */
export function precision({ reported, matched }: Score): number {
  return reported === 0 ? 1 : matched / reported;
}

/** Share of planted events that were reported; 1 if nothing was planted. */
export function recall({ planted, matched }: Score): number {
  return planted === 0 ? 1 : matched / planted;
}

/** Median; NaN of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
