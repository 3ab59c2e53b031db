import { type LeafColumn, leafColumns } from '../../../src/columns.ts';
import {
  columnKey,
  type Events,
  fromWire,
  type Hello,
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
      const step = typeof value === 'number' ? value : first + i;
      const before = this.#steps.last;
      this.#steps.push(first + i, step);
      if (this.byStep && before !== undefined && step <= before) this.#countRows(first + i);
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

  takeEvents({ events }: Events): void {
    for (const { group, begin, event } of events) this.#reports.set(`${begin} ${group}`, { group, event });
    this.#spikes = undefined;
  }

  /** Puts what was drawn over steps so far over rows instead: the steps before `row` still ascend. */
  #countRows(row: number): void {
    this.byStep = false;
    for (const series of this.#series.values()) {
      for (let i = 0; i < series.length; i++) series.x[i] = firstAtOrAfter(this.#steps.y, row, series.x[i]!);
    }
  }
}

function asNumber(value: WireNumber | boolean): number {
  return typeof value === 'boolean' ? Number(value) : fromWire(value);
}
