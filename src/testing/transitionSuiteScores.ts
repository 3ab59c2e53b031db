import type { AccuracyTrace } from './accuracyTrace.ts';
import { median, type Score } from './scoring.ts';
import type { TransitionFinder, TransitionReport } from './transitionFinder.ts';

/** Midpoints further apart than this (in ln time) are not the same transition. */
const TOLERANCE = 0.5;

export interface TransitionScore extends Score {
  /** Median of |ln t50 - ln planted t50| over the matched ones. */
  readonly midpointError: number;
  readonly wrong: readonly { readonly trace: AccuracyTrace; readonly reports: readonly TransitionReport[] }[];
}

/** A report matches if its class is the planted one and its midpoint is near; class `none` is no report. */
export function scoreTransitions(make: () => TransitionFinder, traces: readonly AccuracyTrace[]): TransitionScore {
  const errors: number[] = [];
  const wrong: { trace: AccuracyTrace; reports: TransitionReport[] }[] = [];
  let planted = 0;
  let reported = 0;
  for (const trace of traces) {
    const finder = make();
    const reports: TransitionReport[] = [];
    for (const [i, time] of trace.times.entries()) {
      const { event } = finder.push(time, trace.train[i]!, trace.test[i]!, i);
      if (event !== null && event.state === 'closed') reports.push(event);
    }
    const open = finder.finish?.() ?? null;
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
