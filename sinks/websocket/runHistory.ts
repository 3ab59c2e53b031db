import { randomUUID } from 'node:crypto';
import { eventGroups, leafColumns } from '../../src/columns.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { type ColumnHistory, columnHistory } from './columnHistory.ts';
import { EventLog } from './eventLog.ts';
import { columnKey, type Hello, JSON_PROTOCOL, type RunState, type Status, type WireValue } from './protocol.ts';

/** A frame carries about this many bytes of rows at most; more than one row may not exceed twice as many. */
const FRAME_BYTES = 256 * 1024;

/** How many frames are remembered: viewers that are level, or joined together, share the work of writing them. */
const REMEMBERED = 8;

interface HistoryColumn {
  readonly key: string;
  readonly path: readonly string[];
  readonly values: ColumnHistory;
}

/**
 * Everything a run has shown so far, once, for all viewers: each of them is no more than a place in it.
 */
export class RunHistory {
  readonly id = randomUUID();
  readonly #described: Pick<Hello, 'name' | 'metadata' | 'columns'>;
  readonly #columns: readonly HistoryColumn[];
  readonly #events: readonly { readonly group: string; readonly path: readonly string[] }[];
  readonly #startedAt = Date.now();
  readonly #frameRows: number;
  readonly #frames = new Map<string, Buffer>();
  readonly log = new EventLog();
  #rows = 0;
  #state: RunState = 'running';
  #message: string | undefined;

  /** Takes the columns that the run has now: a sink sees its first row after all that is before it in the pipe. */
  constructor(run: Run) {
    // A copy: annotators further down the pipe will add theirs to the same run, and their fields are not on the rows yet.
    this.#described = { name: run.name, metadata: run.metadata, columns: [...run.columns] };
    const leaves = leafColumns(run.columns);
    this.#columns = leaves.map(({ path, column }) => ({
      key: columnKey(path),
      path,
      values: columnHistory(column.type),
    }));
    this.#events = eventGroups(run.columns).map(({ path }) => ({ group: columnKey(path), path }));
    const rowBytes = leaves.reduce((sum, { column }) => sum + (column.type === 'utf8' ? 64 : 20), 1);
    // A power of two, so that frames of history begin at the same rows for everybody.
    this.#frameRows = 2 ** Math.max(0, Math.min(12, Math.floor(Math.log2(FRAME_BYTES / rowBytes))));
  }

  get rows(): number {
    return this.#rows;
  }

  get ended(): boolean {
    return this.#state !== 'running';
  }

  append(row: Row): void {
    for (const { path, values } of this.#columns) values.push(at(row, path));
    for (const { group, path } of this.#events) {
      const event = at(row, path);
      if (typeof event !== 'object' || event === null) continue;
      const { begin } = event as { begin?: unknown };
      this.log.record(group, typeof begin === 'number' ? begin : row.step, event);
    }
    this.#rows++;
  }

  end(state: RunState, message?: string): void {
    this.#state = state;
    this.#message = message;
  }

  hello(from: number): Hello {
    return {
      type: 'hello',
      protocol: JSON_PROTOCOL,
      run: this.id,
      ...this.#described,
      startedAt: this.#startedAt,
      rows: this.#rows,
      from,
    };
  }

  status(): Status {
    const status = { type: 'status', run: this.id, state: this.#state } as const;
    return this.#message === undefined ? status : { ...status, message: this.#message };
  }

  /** The next frame of rows from a place that is behind, and the place behind that frame. */
  frame(from: number): { readonly frame: Buffer; readonly to: number } {
    let to = Math.min(this.#rows, (Math.floor(from / this.#frameRows) + 1) * this.#frameRows);
    let frame = this.#remembered(from, to);
    while (frame.length > 2 * FRAME_BYTES && to - from > 1) {
      to = from + Math.ceil((to - from) / 2);
      frame = this.#remembered(from, to);
    }
    return { frame, to };
  }

  #remembered(from: number, to: number): Buffer {
    const key = `${from} ${to}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = this.#write(from, to);
      if (this.#frames.size === REMEMBERED) this.#frames.delete(this.#frames.keys().next().value!);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #write(from: number, to: number): Buffer {
    const columns: Record<string, WireValue[]> = {};
    for (const { key, values } of this.#columns) {
      const wire = values.wire(from, to);
      if (wire !== undefined) columns[key] = wire;
    }
    return Buffer.from(JSON.stringify({ type: 'rows', run: this.id, from, count: to - from, columns }));
  }
}

function at(row: Row, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
