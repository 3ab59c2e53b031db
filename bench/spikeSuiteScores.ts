import type { LossTrace } from '../src/testing/lossTrace.ts';
import { addScores, matchEvents, NO_SCORE, type Score } from '../src/testing/scoring.ts';
import type { SpikeFinder, SpikeReport } from './spikeBaselines.ts';

/** A report may begin this many steps before or after what was planted. */
const TOLERANCE = 10;

/** The last report of each event of a trace. */
export function reportsOf(finder: SpikeFinder, trace: LossTrace): SpikeReport[] {
  const last = new Map<number, SpikeReport>();
  for (const [i, step] of trace.steps.entries()) {
    const { event } = finder.push(trace.losses[i]!, step);
    if (event !== null) last.set(event.begin, event);
  }
  const open = finder.finish();
  if (open !== null) last.set(open.begin, open);
  return [...last.values()];
}

/** Every report counts against precision; only one with verdict `spike` can match. */
export function scoreSpikes(make: () => SpikeFinder, traces: readonly LossTrace[]): Score & { wrong: LossTrace[] } {
  let score = NO_SCORE;
  const wrong: LossTrace[] = [];
  for (const trace of traces) {
    const reports = reportsOf(make(), trace);
    const spikes = reports.filter((report) => report.verdict === 'spike');
    const { pairs, missed, falseAlarms } = matchEvents(trace.truth, spikes, TOLERANCE);
    score = addScores(score, { planted: trace.truth.length, reported: reports.length, matched: pairs.length });
    if (missed.length + falseAlarms.length > 0) wrong.push(trace);
  }
  return { ...score, wrong };
}

/** Share of planted level shifts that some report calls a spike, and share that one calls a level shift. */
export function scoreLevelShifts(
  make: () => SpikeFinder,
  traces: readonly LossTrace[],
): { calledSpike: number; found: number } {
  let calledSpike = 0;
  let found = 0;
  for (const trace of traces) {
    const near = trace.truth[0]!;
    const reports = reportsOf(make(), trace).filter(({ begin }) => begin >= near.begin - TOLERANCE);
    if (reports.some(({ verdict }) => verdict === 'spike')) calledSpike += 1;
    if (reports.some(({ verdict }) => verdict === 'level shift')) found += 1;
  }
  return { calledSpike: calledSpike / traces.length, found: found / traces.length };
}
