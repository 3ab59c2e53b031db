import type { TransitionEvent } from '../src/detectors/transitionEvent.ts';
import type { AccuracyTrace } from '../src/testing/accuracyTrace.ts';
import { median, type Score } from '../src/testing/scoring.ts';

/** What the suite needs of a transition detector. */
export interface TransitionFinder {
  push(time: number, train: number, test: number, step: number): { readonly event: TransitionEvent | null };
  finish(): TransitionEvent | null;
}

/** Midpoints further apart than this (in ln time) are not the same transition. */
const TOLERANCE = 0.5;

export interface TransitionScore extends Score {
  /** Median of |ln t50 - ln planted t50| over the matched ones. */
  readonly midpointError: number;
  readonly wrong: readonly { readonly trace: AccuracyTrace; readonly reports: readonly TransitionEvent[] }[];
}

/** A report matches if its class is the planted one and its midpoint is near; class `none` is no report. */
export function scoreTransitions(make: () => TransitionFinder, traces: readonly AccuracyTrace[]): TransitionScore {
  const errors: number[] = [];
  const wrong: { trace: AccuracyTrace; reports: TransitionEvent[] }[] = [];
  let planted = 0;
  let reported = 0;
  for (const trace of traces) {
    const finder = make();
    const reports: TransitionEvent[] = [];
    for (const [i, time] of trace.times.entries()) {
      const { event } = finder.push(time, trace.train[i]!, trace.test[i]!, i);
      if (event !== null && event.state === 'closed') reports.push(event);
    }
    const open = finder.finish();
    if (open !== null) reports.push(open);
    const named = reports.filter((report) => report.class !== 'none');
    let matched = 0;
    for (const truth of trace.truth) {
      const hit = named.find(
        (report) => report.class === truth.class && Math.abs(Math.log(report.t50! / truth.t50)) <= TOLERANCE,
      );
      if (hit === undefined) continue;
      matched += 1;
      errors.push(Math.abs(Math.log(hit.t50! / truth.t50)));
    }
    planted += trace.truth.length;
    reported += named.length;
    if (matched < trace.truth.length || named.length > matched) wrong.push({ trace, reports });
  }
  return { planted, reported, matched: errors.length, midpointError: median(errors), wrong };
}
