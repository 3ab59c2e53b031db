import type { AxisId } from './axes.ts';
import { type PlacedEvent, placedEvent } from './placedEvent.ts';
import type { RunEvent } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';
import type { SeedGroup } from './seedGroup.ts';
import type { Spreading } from './seedSpread.ts';

/** A run on the charts. */
export interface ShownRun {
  readonly record: RunRecord;
  /** Name of its colour variable; undefined where it is alone and each series has a colour of its own. */
  readonly color: string | undefined;
}

/** What lines are of: a run, or the mean of several that differ only in their seed. */
export interface Shown {
  readonly of: RunRecord | SeedGroup;
  readonly name: string;
  readonly color: string | undefined;
}

/** Whether each run has its line, or runs that differ only in their seed share one, with a band around it. */
export type Seeds = 'each' | Spreading;

/** What all charts have in common: the runs, the x axis and the part of it that is shown, and how lines are drawn. */
export class Scene {
  /** The first one is the one whose events and numbers are told. */
  runs: readonly ShownRun[] = [];
  /** What has lines: the runs, or groups of them. */
  shown: readonly Shown[] = [];
  /** Series that were switched off, by key. */
  readonly hidden = new Set<string>();
  #wanted: AxisId | undefined;
  #halfLife = 0;
  #seeds: Seeds = 'each';
  #chosen: readonly [number, number] | undefined;
  #selected: string | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get focus(): RunRecord | undefined {
    return this.runs[0]?.record;
  }

  /** The axis that was asked for, which a run may not have; undefined for the one that suits the run. */
  get wantedAxis(): AxisId | undefined {
    return this.#wanted;
  }

  get axis(): AxisId {
    const { focus } = this;
    const wanted = this.#wanted ?? focus?.naturalAxis ?? 'step';
    return focus?.axisOr(wanted) ?? wanted;
  }

  /** Rows after which a value counts half in the smoothed lines; 0 for none. */
  get halfLife(): number {
    return this.#halfLife;
  }

  get seeds(): Seeds {
    return this.#seeds;
  }

  /** What bands show, where there are any. */
  get spreading(): Spreading {
    return this.#seeds === 'each' ? 'range' : this.#seeds;
  }

  /** The event that is looked at. */
  get selected(): string | undefined {
    return this.#selected;
  }

  get chosen(): readonly [number, number] | undefined {
    return this.#chosen;
  }

  /** Changes the axis; what is shown of the focused run stays the same, as far as it can. */
  setAxis(wanted: AxisId | undefined): void {
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

  /** Takes effect on what is shown with the next arrangement of the runs. */
  groupSeeds(seeds: Seeds): void {
    this.#seeds = seeds;
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
    if (this.focus === undefined) return;
    const { from, to: end, known = end } = placedEvent(event, this.focus, this.axis, undefined);
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

  /** The events of all runs with their places, those of the focused run last: they are drawn over the others. */
  get events(): readonly PlacedEvent[] {
    return this.runs
      .filter(({ record }) => record.axis(this.axis) !== undefined)
      .reverse()
      .flatMap(({ record, color }) => record.events.map((event) => placedEvent(event, record, this.axis, color)));
  }
}
