import type { AxisId } from './axes.ts';
import type { PlacedEvent } from './eventMarks.ts';
import type { RunEvent } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';

/** A run on the charts. */
export interface ShownRun {
  readonly record: RunRecord;
  /** Name of its colour variable; undefined where it is alone and each series has a colour of its own. */
  readonly color: string | undefined;
}

/** What all charts have in common: the runs, the x axis and the part of it that is shown, and how lines are drawn. */
export class Scene {
  /** The first one is the one whose events and numbers are told. */
  runs: readonly ShownRun[] = [];
  /** Series that were switched off, by key. */
  readonly hidden = new Set<string>();
  #wanted: AxisId = 'step';
  #halfLife = 0;
  #chosen: readonly [number, number] | undefined;
  #selected: string | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get focus(): RunRecord | undefined {
    return this.runs[0]?.record;
  }

  /** The axis that was asked for, which a run may not have. */
  get wantedAxis(): AxisId {
    return this.#wanted;
  }

  get axis(): AxisId {
    return this.focus?.axisOr(this.#wanted) ?? this.#wanted;
  }

  /** Rows after which a value counts half in the smoothed lines; 0 for none. */
  get halfLife(): number {
    return this.#halfLife;
  }

  /** The event that is looked at. */
  get selected(): string | undefined {
    return this.#selected;
  }

  get chosen(): readonly [number, number] | undefined {
    return this.#chosen;
  }

  /** Changes the axis; what is shown of the focused run stays the same, as far as it can. */
  setAxis(wanted: AxisId): void {
    const before = this.axis;
    const record = this.focus;
    this.#wanted = wanted;
    const [from, to] = [record?.axis(before), record?.axis(this.axis)];
    if (this.#chosen !== undefined && from !== undefined && to !== undefined && from !== to) {
      const [left, right] = this.#chosen.map((x) => to.x[from.rowAt(x)]!) as [number, number];
      this.#chosen = right > left ? [left, right] : undefined;
    }
    this.#changed();
  }

  smooth(halfLife: number): void {
    this.#halfLife = halfLife;
    this.#changed();
  }

  select(event: string | undefined): void {
    this.#selected = event;
    this.#changed();
  }

  zoom(left: number, right: number): void {
    if (!(right > left)) return;
    this.#chosen = [left, right];
    this.#changed();
  }

  /** Makes what is shown `factor` times as wide, around a place (default: the middle). */
  scale(factor: number, around?: number): void {
    const [left, right] = this.range;
    const [first, last] = this.extent;
    const fixed = around ?? (left + right) / 2;
    const [from, to] = [fixed - (fixed - left) * factor, fixed + (right - fixed) * factor];
    if (from <= first && to >= last) this.reset();
    else if (to - from > (last - first) * 1e-9) this.zoom(Math.max(first, from), Math.min(last, to));
  }

  /** Moves what is shown by a part of its width, as far as there is something. */
  pan(part: number): void {
    if (this.#chosen === undefined) return;
    const [left, right] = this.#chosen;
    const [first, last] = this.extent;
    const move = part * (right - left);
    const held = Math.max(first - left, Math.min(last - right, move));
    if (Number.isFinite(held) && held * move > 0) this.zoom(left + held, right + held);
  }

  reset(): void {
    this.#chosen = undefined;
    this.#changed();
  }

  /** Shows an event with as much before and after it as it takes to judge it. */
  zoomTo(event: RunEvent): void {
    const { from, to: end, known = end } = this.placed(event);
    const to = Math.max(end, known);
    const axis = this.focus?.axis(this.axis);
    if (axis === undefined) return;
    const [first, last] = axis.extent;
    // Not less than some rows to each side, whatever the axis.
    const rows = 15;
    const near = axis.x[Math.max(0, axis.rowAt(from) - rows)] ?? from;
    const far = axis.x[Math.min(axis.length - 1, axis.rowAt(to) + rows)] ?? to;
    const margin = 1.2 * (to - from);
    this.zoom(
      Math.max(first, Math.min(near, from - margin)),
      Math.min(Math.max(last, first + 1e-9), Math.max(far, to + margin)),
    );
  }

  /** First and last place of all runs that have the axis. */
  get extent(): readonly [number, number] {
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { record } of this.runs) {
      const axis = record.axis(this.axis);
      if (axis === undefined || axis.length === 0) continue;
      first = Math.min(first, axis.extent[0]);
      last = Math.max(last, axis.extent[1]);
    }
    if (first > last) return [0, 1];
    return last > first ? [first, last] : [first, first + 1];
  }

  /** Left and right end of what is shown. */
  get range(): readonly [number, number] {
    return this.#chosen ?? this.extent;
  }

  /** The events of the focused run with their places. */
  get events(): readonly PlacedEvent[] {
    return this.focus?.events.map((event) => this.placed(event)) ?? [];
  }

  placed(event: RunEvent): PlacedEvent {
    const { axis } = this;
    const record = this.focus!;
    const last = record.axis(axis)?.extent[1] ?? 0;
    const known = event.confirmedAt === undefined ? undefined : record.placeOfStep(axis, event.confirmedAt);
    const { transition } = event;
    if (transition !== undefined) {
      const place = (time: number | undefined, otherwise: number) =>
        time === undefined ? otherwise : record.placeOfTime(axis, time);
      const begin = place(transition.onset, record.placeOfStep(axis, event.begin));
      const from = place(transition.t10, begin);
      return { event, from, at: place(transition.t50, from), to: place(transition.t90, known ?? last), known };
    }
    const x = (step: number) => record.placeOfStep(axis, step);
    const from = x(event.begin);
    const end = event.end !== undefined ? x(event.end) : event.open ? last : from;
    return { event, from, to: Math.max(from, end), at: x(event.peakStep), known };
  }
}
