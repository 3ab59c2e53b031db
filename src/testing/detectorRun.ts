import type { LossTrace } from './lossTrace.ts';

/** What the kit needs of an event; detectors may report more. */
export interface ReportedEvent {
  readonly state: 'open' | 'closed';
  readonly begin: number;
  readonly confirmedAt: number;
}

/** A detector of losses as a plain class. */
export interface LossDetector<E extends ReportedEvent = ReportedEvent> {
  push(value: number, step: number): { readonly event: E | null };
  finish(): E | null;
  toJSON?(): unknown;
}

/** An event and the index of the observation at which it came out; the length of the trace for what the end brings. */
export interface Report<E> {
  readonly at: number;
  readonly event: E;
}

/**
 * A detector as a function of a whole trace. For a plain class see {@link runOf}; for an operator, subscribe to a
 * subject, push the observations, and note what comes out when.
 */
export type DetectorRun<E extends ReportedEvent = ReportedEvent> = (
  trace: Pick<LossTrace, 'steps' | 'losses'>,
) => readonly Report<E>[];

/** The run function of a plain class. */
export function runOf<E extends ReportedEvent>(make: () => LossDetector<E>): DetectorRun<E> {
  return (trace) => {
    const detector = make();
    const reports: Report<E>[] = [];
    for (const [at, step] of trace.steps.entries()) {
      const { event } = detector.push(trace.losses[at]!, step);
      if (event !== null) reports.push({ at, event });
    }
    const last = detector.finish();
    if (last !== null) reports.push({ at: trace.steps.length, event: last });
    return reports;
  };
}
