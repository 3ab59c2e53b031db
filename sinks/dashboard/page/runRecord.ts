import { type LeafColumn, leafColumns } from '../../../src/columns.ts';
import {
  columnKey,
  type Events,
  fromWire,
  type Gap,
  type Hello,
  type NumberColumnBuckets,
  type Rows,
  type RunState,
  type WireNumber,
} from '../../websocket/protocol.ts';
import { firstAtOrAfter, Series } from './series.ts';
import { type Spike, spikesOf } from './spike.ts';

/** What the page knows of one run. */
export class RunRecord {
  readonly hello: Hello;
  readonly leaves: readonly LeafColumn[];
  readonly #series = new Map<string, Series>();
  readonly #reports = new Map<string, { group: string; event: Record<string, unknown> }>();
  /** Step of each row. */
  #steps = new Series();
  #spikes: readonly Spike[] | undefined = [];
  rows = 0;
  state: RunState = 'running';
  message: string | undefined;
  /** False once the steps went back, at a restart: from then on x is the number of the row. */
  byStep = true;

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
    return this.#steps.last;
  }

  /** First and last x. */
  get extent(): readonly [number, number] {
    if (this.rows === 0) return [0, 1];
    if (!this.byStep) return [0, this.rows - 1];
    return [this.#steps.y[0]!, this.#steps.last!];
  }

  /** Where a step lies on the x axis; of a step that was taken twice, the later time. */
  xOfStep(step: number): number {
    if (this.byStep) return step;
    for (let row = this.rows - 1; row >= 0; row--) if (this.#steps.y[row]! <= step) return row;
    return 0;
  }

  /** Events as rises of the loss, newest first. */
  get spikes(): readonly Spike[] {
    this.#spikes ??= spikesOf([...this.#reports.values()]);
    return this.#spikes;
  }

  takeRows({ from, count, columns }: Rows): void {
    const first = this.rows;
    if (from !== first) return;
    const steps = columns.step;
    for (let i = 0; i < count; i++) {
      const value = steps?.[i];
      this.#takeStep(first + i, typeof value === 'number' ? value : first + i);
    }
    this.rows = first + count;
    for (const [key, values] of Object.entries(columns)) {
      const series = this.#series.get(key);
      if (series === undefined) continue;
      for (let i = 0; i < count; i++) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        series.push(this.byStep ? this.#steps.y[first + i]! : first + i, asNumber(value as WireNumber | boolean));
      }
    }
  }

  /** Takes what is left of rows that do not come one by one: each bucket's extremes where they were, and its marks. */
  takeGap({ from, to, first, size, columns }: Gap): void {
    if (from !== this.rows) return;
    const steps = columns.step;
    for (let row = from; row < to; row++) {
      const bucket = Math.floor((row - first) / size);
      this.#takeStep(row, 'min' in (steps ?? {}) ? stepAt(steps as NumberColumnBuckets, bucket, row) : row);
    }
    this.rows = to;
    for (const [key, left] of Object.entries(columns)) {
      const series = this.#series.get(key);
      if (series === undefined || !('min' in left)) continue;
      for (const [bucket, min] of left.min.entries()) {
        const begin = Math.max(from, first + bucket * size);
        const points: [number, number][] = [];
        const marks = left.marks?.[bucket] ?? 0;
        if (marks & 1) points.push([begin, Number.NaN]);
        if (marks & 2) points.push([begin, Number.POSITIVE_INFINITY]);
        if (marks & 4) points.push([begin, Number.NEGATIVE_INFINITY]);
        if (min !== null) {
          const extremes: [number, number][] = [
            [Math.max(begin, left.minRow[bucket]!), min],
            [Math.max(begin, left.maxRow[bucket]!), left.max[bucket]!],
          ];
          points.push(...extremes.sort(([a], [b]) => a - b));
        }
        for (const [row, y] of points) series.push(this.byStep ? this.#steps.y[row]! : row, y);
      }
    }
  }

  takeEvents({ events }: Events): void {
    for (const { group, begin, event } of events) this.#reports.set(`${begin} ${group}`, { group, event });
    this.#spikes = undefined;
  }

  #takeStep(row: number, step: number): void {
    const before = this.#steps.last;
    this.#steps.push(row, step);
    if (this.byStep && before !== undefined && step <= before) this.#countRows(row);
  }

  /** Puts what was drawn over steps so far over rows instead: the steps before `row` still ascend. */
  #countRows(row: number): void {
    this.byStep = false;
    for (const series of this.#series.values()) {
      for (let i = 0; i < series.length; i++) series.x[i] = firstAtOrAfter(this.#steps.y, row, series.x[i]!);
    }
  }
}

/** The step of a row between the first and the last step of its bucket, which have rows of their own. */
function stepAt({ min, minRow, max, maxRow }: NumberColumnBuckets, bucket: number, row: number): number {
  const low = min[bucket] ?? row;
  const from = minRow[bucket] ?? row;
  const rows = (maxRow[bucket] ?? row) - from;
  return rows <= 0 ? low + row - from : low + ((row - from) * ((max[bucket] ?? low) - low)) / rows;
}

function asNumber(value: WireNumber | boolean): number {
  return typeof value === 'boolean' ? Number(value) : fromWire(value);
}
