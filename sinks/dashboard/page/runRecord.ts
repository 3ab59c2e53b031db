import { eventGroups, isGroup, type LeafColumn, leafColumns } from '../../../src/columns.ts';
import {
  columnKey,
  type Events,
  fromWire,
  type Gap,
  type Hello,
  type RunState,
  type WireNumber,
  type WireValue,
} from '../../../src/formats/webSocket/protocol.ts';
import { type AxisId, axisKinds } from './axes.ts';
import { AxisColumn } from './axisColumn.ts';
import type { Points } from './decimate.ts';
import { ascendingAt, pointsOfBuckets } from './gapPoints.ts';
import { type EventSource, eventsOf, type Report, type RunEvent } from './runEvent.ts';
import { grown, Series } from './series.ts';

/** Rows `from` to `from + count - 1`, column by column; a column that is left out is null in all of them. */
export interface RowColumns {
  readonly from: number;
  readonly count: number;
  readonly columns: { readonly [path: string]: ArrayLike<WireValue> };
}

/** What the page knows of one run. */
export class RunRecord implements EventSource {
  readonly hello: Hello;
  readonly leaves: readonly LeafColumn[];
  readonly #series = new Map<string, Series>();
  readonly #axes = new Map<AxisId, AxisColumn>(
    axisKinds.map(({ id, logarithmic }) => [id, new AxisColumn(logarithmic)]),
  );
  readonly #places = new Map<string, { x: Float64Array<ArrayBuffer>; length: number; version: number }>();
  #reports = new Map<string, Report>();
  #events: readonly RunEvent[] | undefined = [];
  /** The last row at which somebody controlled the run. */
  #latestAction = -1;
  rows = 0;
  state: RunState = 'running';
  message: string | undefined;
  /** Rows of which only the extremes are here. */
  thinned = 0;
  /** The step of each row, whether or not steps ascend. */
  #steps = new Float64Array(1024);

  constructor(hello: Hello) {
    this.hello = hello;
    this.leaves = leafColumns(hello.columns);
    for (const { path, column } of this.leaves) {
      if (column.type !== 'utf8') this.#series.set(columnKey(path), new Series());
    }
  }

  series(key: string): Series | undefined {
    return this.#series.get(key);
  }

  get step(): number | undefined {
    return this.rows === 0 ? undefined : this.#steps[this.rows - 1];
  }

  /** Where the rows lie on an axis; undefined where the run has no such axis, or went back on it. */
  axis(id: AxisId): AxisColumn | undefined {
    const axis = this.#axes.get(id)!;
    return axis.usable ? axis : undefined;
  }

  /** What a run is looked at over unless it is said otherwise: where its events tell continuous time, the logarithm of that. */
  get naturalAxis(): AxisId {
    const timed = eventGroups(this.hello.columns).some(({ group }) =>
      group.columns.some((column) => !isGroup(column) && column.unit === 'continuous time'),
    );
    return timed ? 'logTime' : 'step';
  }

  /** The axis that was asked for, or the first that the run has. */
  axisOr(wanted: AxisId): AxisId {
    return this.axis(wanted) === undefined ? (this.axis('step') ? 'step' : 'row') : wanted;
  }

  /** The points of a series over an axis that the run has. */
  points(key: string, series: Series, id: AxisId): Points {
    const axis = this.#axes.get(id)!;
    const { y, length, blocks, rows } = series;
    if (series.dense) return { x: axis.x, y, length, blocks };
    const name = `${id} ${key}`;
    let places = this.#places.get(name);
    if (places === undefined || places.version !== axis.version || places.length > length) {
      places = { x: new Float64Array(1024), length: 0, version: axis.version };
      this.#places.set(name, places);
    }
    while (places.x.length < length) places.x = grown(places.x);
    for (; places.length < length; places.length++) places.x[places.length] = axis.x[rows[places.length]!]!;
    return { x: places.x, y, length, blocks };
  }

  stepOfRow(row: number): number {
    return this.#steps[Math.max(0, Math.min(row, this.rows - 1))] ?? 0;
  }

  /** The row of a step; of a step that was taken twice, the later one. */
  rowOfStep(step: number): number {
    const axis = this.axis('step');
    if (axis !== undefined) return Math.min(axis.rowFrom(step), Math.max(0, this.rows - 1));
    for (let row = this.rows - 1; row >= 0; row--) if (this.#steps[row]! <= step) return row;
    return 0;
  }

  /** Where a step lies on an axis. */
  placeOfStep(id: AxisId, step: number): number {
    // A report may come before its rows.
    if (id === 'step' && this.axis('step') !== undefined) return step;
    return this.#axes.get(id)!.x[this.rowOfStep(step)] ?? 0;
  }

  /** Where a moment of continuous time lies on an axis. */
  placeOfTime(id: AxisId, time: number): number {
    if (id === 'time') return time;
    if (id === 'logTime') return Math.log10(time);
    return this.#axes.get(id)!.x[this.rowOfTime(time)] ?? 0;
  }

  /** The first row at a moment of continuous time or after it, or the last one. */
  rowOfTime(time: number): number {
    return Math.min(this.#axes.get('time')!.rowFrom(time), Math.max(0, this.rows - 1));
  }

  /** What happened, newest first. */
  get events(): readonly RunEvent[] {
    this.#events ??= eventsOf([...this.#reports.values()], this);
    return this.#events;
  }

  /** Puts other events in place of those there are: what other detectors found. */
  setEvents(reports: readonly Report[]): void {
    this.#reports = new Map(reports.map((report) => [`${report.begin} ${report.group}`, report]));
    this.#events = undefined;
  }

  get reports(): readonly Report[] {
    return [...this.#reports.values()];
  }

  takeRows({ from, count, columns }: RowColumns): void {
    const first = this.rows;
    if (from !== first) return;
    const { step, time, seconds } = columns;
    for (let i = 0; i < count; i++)
      this.#takeRow(first + i, numberAt(step, i), numberAt(time, i), numberAt(seconds, i));
    this.rows = first + count;
    for (const [key, values] of Object.entries(columns)) {
      const series = this.#series.get(key);
      if (series === undefined) continue;
      for (let i = 0; i < count; i++) {
        const value = numberAt(values, i);
        if (value !== undefined) series.push(first + i, value);
      }
    }
    // At which step an action was taken may be known only now.
    if (this.#latestAction >= first) this.#events = undefined;
  }

  /** Takes what is left of rows that do not come one by one: each bucket's extremes where they were, and its marks. */
  takeGap({ from, to, first, size, columns }: Gap): void {
    if (from !== this.rows) return;
    const between = (key: string, row: number) => {
      const buckets = columns[key];
      if (buckets === undefined || !('min' in buckets)) return undefined;
      return ascendingAt(buckets, Math.floor((row - first) / size), row);
    };
    for (let row = from; row < to; row++) {
      this.#takeRow(row, between('step', row), between('time', row), between('seconds', row));
    }
    this.rows = to;
    this.thinned += to - from;
    for (const [key, left] of Object.entries(columns)) {
      const series = this.#series.get(key);
      if (series === undefined || !('min' in left)) continue;
      for (const [row, y] of pointsOfBuckets(left, from, first, size)) series.push(row, y);
    }
    this.#events = undefined;
  }

  takeEvents({ events }: Pick<Events, 'events'>): void {
    for (const { group, begin, event } of events) {
      this.#reports.set(`${begin} ${group}`, { group, begin, event });
      if (typeof event.row === 'number') this.#latestAction = Math.max(this.#latestAction, event.row);
    }
    this.#events = undefined;
  }

  #takeRow(row: number, step: number | undefined, time: number | undefined, seconds: number | undefined): void {
    if (row === this.#steps.length) this.#steps = grown(this.#steps);
    const counted = step ?? row;
    const back = row > 0 && counted <= this.#steps[row - 1]!;
    this.#steps[row] = counted;
    const { step: steps, logStep } = this.#byStep;
    if (back) steps.usable = logStep.usable = false;
    steps.push(counted);
    logStep.push(counted);
    this.#axes.get('row')!.push(row);
    this.#axes.get('time')!.push(time ?? Number.NaN);
    this.#axes.get('logTime')!.push(time ?? Number.NaN);
    this.#axes.get('seconds')!.push(seconds ?? Number.NaN);
  }

  get #byStep() {
    return { step: this.#axes.get('step')!, logStep: this.#axes.get('logStep')! };
  }
}

/** What was computed of a column at a row, as a number; undefined where nothing was. */
function numberAt(values: ArrayLike<WireValue> | undefined, index: number): number | undefined {
  const value = values?.[index];
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'boolean' ? Number(value) : fromWire(value as WireNumber);
}
