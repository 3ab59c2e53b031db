import type { AxisId } from './axes.ts';
import type { RunEvent } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';

/** An event with its places on the x axis. */
export interface PlacedEvent {
  readonly event: RunEvent;
  readonly record: RunRecord;
  /** Name of the colour of its run; undefined where the run is alone. */
  readonly color: string | undefined;
  readonly from: number;
  readonly to: number;
  /** Of the marker: where it was highest, or half done. */
  readonly at: number;
  /** Where it could be known. */
  readonly known: number | undefined;
}

/** Finds the places of an event of a run on an axis that the run has. */
export function placedEvent(event: RunEvent, record: RunRecord, axis: AxisId, color: string | undefined): PlacedEvent {
  const last = record.axis(axis)?.extent[1] ?? 0;
  const x = (step: number) => record.placeOfStep(axis, step);
  const known = event.confirmedAt === undefined ? undefined : x(event.confirmedAt);
  const { transition } = event;
  if (transition !== undefined) {
    const place = (time: number | undefined, otherwise: number) =>
      time === undefined ? otherwise : record.placeOfTime(axis, time);
    const begin = place(transition.onset, x(event.begin));
    const from = place(transition.t10, begin);
    const to = place(transition.t90, known ?? last);
    return { event, record, color, from, at: place(transition.t50, from), to, known };
  }
  const from = x(event.begin);
  const end = event.end !== undefined ? x(event.end) : event.open ? last : from;
  return { event, record, color, from, to: Math.max(from, end), at: x(event.peakStep), known };
}
