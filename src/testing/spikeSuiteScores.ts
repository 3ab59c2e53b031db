import type { LossTrace } from './lossTrace.ts';
import { addScores, matchEvents, NO_SCORE, type Score } from './scoring.ts';
import type { SpikeFinder, SpikeReport } from './spikeFinder.ts';

/** A report may begin this many steps before or after what was planted. */
const TOLERANCE = 10;

/**
 * The last report of each event of a trace.
 * @throws {TypeError} when a report has no begin.
 */
export function reportsOf(finder: SpikeFinder, trace: LossTrace): SpikeReport[] {
  const last = new Map<number, SpikeReport>();
  for (const [i, step] of trace.steps.entries()) {
    const { event } = finder.push(trace.losses[i]!, step);
    if (event === null) continue;
    if (!Number.isFinite(event.begin)) throw new TypeError(`a report begins at ${event.begin}: expected a step`);
    last.set(event.begin, event);
  }
  const open = finder.finish?.() ?? null;
  if (open !== null) last.set(open.begin, open);
  return [...last.values()];
}

function verdictOf({ verdict = 'spike' }: SpikeReport): string {
  return verdict;
}

/** Every report counts against precision; only one that says `spike` can match. */
export function scoreSpikes(make: () => SpikeFinder, traces: readonly LossTrace[]): Score & { wrong: LossTrace[] } {
  let score = NO_SCORE;
  const wrong: LossTrace[] = [];
  for (const trace of traces) {
    const reports = reportsOf(make(), trace);
    const spikes = reports.filter((report) => verdictOf(report) === 'spike');
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
    if (reports.some((report) => verdictOf(report) === 'spike')) calledSpike += 1;
    if (reports.some((report) => verdictOf(report) === 'level shift')) found += 1;
  }
  return { calledSpike: calledSpike / traces.length, found: found / traces.length };
}
