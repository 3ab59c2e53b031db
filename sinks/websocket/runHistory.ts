import { randomUUID } from 'node:crypto';
import { eventGroups, type LeafColumn, leafColumns } from '../../src/columns.ts';
import { columnKey, type Hello, type RunListing, type Status } from '../../src/formats/webSocket/protocol.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { BUCKET_ROWS, CHUNK_ROWS, type ColumnHistory } from './columnHistory.ts';
import { NumberHistory } from './numberHistory.ts';
import { ReportLog } from './reportLog.ts';
import { TextHistory } from './textHistory.ts';

export interface HistoryColumn extends LeafColumn {
  readonly key: string;
  readonly values: ColumnHistory;
}

/**
 * Everything a run has shown so far, once, for all viewers: each of them is no more than a place in it. Beyond a budget
 * the oldest rows are thinned to buckets; events, and the rows that carried one, stay as they were.
 */
export class RunHistory {
  readonly id = randomUUID();
  readonly name: string;
  readonly columns: readonly HistoryColumn[];
  readonly log = new ReportLog();
  readonly #budget: number;
  readonly #described: Pick<Hello, 'name' | 'metadata' | 'columns'>;
  readonly #groups: readonly { readonly group: string; readonly path: readonly string[] }[];
  readonly #startedAt = Date.now();
  /** Rows that carried an event, in order. */
  readonly #eventRows: number[] = [];
  #rows = 0;
  #bytes = 0;
  #thinnedTo = 0;
  #bucketRows = BUCKET_ROWS;
  #state: Exclude<RunListing['state'], 'dropped'> = 'running';
  #message: string | undefined;

  /**
   * Takes the columns that the run has now: a sink sees its first row after all that is before it in the pipe.
   * @param budget bytes that rows may take before the oldest are thinned, kept to within one chunk of 4096 rows
   */
  constructor(run: Run, budget = Number.POSITIVE_INFINITY) {
    this.name = run.name;
    this.#budget = budget;
    // A copy: annotators further down the pipe will add theirs to the same run, and their fields are not on the rows yet.
    this.#described = { name: run.name, metadata: run.metadata, columns: [...run.columns] };
    this.columns = leafColumns(run.columns).map(({ path, column }) => ({
      key: columnKey(path),
      path,
      column,
      values: column.type === 'utf8' ? new TextHistory() : new NumberHistory(column.type),
    }));
    this.#groups = eventGroups(run.columns).map(({ path }) => ({ group: columnKey(path), path }));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of a row as JSON, nearly and on average. */
  get rowBytes(): number {
    return 1 + this.#sum((values) => values.jsonBytes);
  }

  /** Bytes of a row in a record batch, likewise. */
  get arrowRowBytes(): number {
    return this.#sum((values) => values.arrowBytes);
  }

  get ended(): boolean {
    return this.#state !== 'running';
  }

  /** Bytes that the rows take, as of the last full chunk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Rows below this are there only as buckets. */
  get thinnedTo(): number {
    return this.#thinnedTo;
  }

  /** Rows a bucket of what is thinned. */
  get bucketRows(): number {
    return this.#bucketRows;
  }

  /** @returns whether the history has just become a chunk larger. */
  append(row: Row): boolean {
    for (const { path, values } of this.columns) values.push(at(row, path));
    let carriesEvent = false;
    for (const { group, path } of this.#groups) {
      const event = at(row, path);
      if (typeof event !== 'object' || event === null) continue;
      const { begin } = event as { begin?: unknown };
      this.report(group, typeof begin === 'number' ? begin : row.step, event);
      carriesEvent = true;
    }
    if (carriesEvent) this.#eventRows.push(this.#rows);
    this.#rows++;
    if (this.#rows % CHUNK_ROWS !== 0) return false;
    this.#keepWithinBudget();
    return true;
  }

  /** Records a report of an event, in place of an earlier one with the same group and begin. */
  report(group: string, begin: number, event: object): void {
    this.log.record(`${begin} ${group}`, { group, begin, event });
  }

  end(state: 'complete' | 'failed' | 'stopped', message?: string): void {
    this.#state = state;
    this.#message = message;
  }

  hello(from: number, protocol: Hello['protocol']): Hello {
    return {
      type: 'hello',
      protocol,
      run: this.id,
      ...this.#described,
      startedAt: this.#startedAt,
      rows: this.#rows,
      from,
      ...(this.#thinnedTo > 0 ? { thinned: { to: this.#thinnedTo, size: this.#bucketRows } } : {}),
    };
  }

  status(): Status {
    const status = { type: 'status', run: this.id, state: this.#state } as const;
    return this.#message === undefined ? status : { ...status, message: this.#message };
  }

  listing(): RunListing {
    return { run: this.id, name: this.name, state: this.#state, startedAt: this.#startedAt, rows: this.#rows };
  }

  /** The row that a client goes on from; a place that cannot be is as good as none, and the client starts over. */
  placeOf(asked: number | undefined): number {
    return asked !== undefined && asked <= this.#rows ? asked : 0;
  }

  /** Numbers of the rows from `from` to `to - 1` that carried an event. */
  eventRows(from: number, to: number): number[] {
    return this.#eventRows.slice(firstNotBelow(this.#eventRows, from), firstNotBelow(this.#eventRows, to));
  }

  /** Thins chunk after chunk, oldest first; where buckets alone take half of the budget, they are made larger first. */
  #keepWithinBudget(): void {
    this.#bytes = this.#sum((values) => values.bytes);
    while (this.#bytes > this.#budget) {
      const thinned = this.#sum((values) => values.thinnedBytes);
      if (thinned > this.#budget / 2 && this.#bucketRows < CHUNK_ROWS) {
        for (const { values } of this.columns) values.coarsen();
        this.#bucketRows *= 2;
      } else if (this.#thinnedTo + CHUNK_ROWS < this.#rows) {
        const keep = this.eventRows(this.#thinnedTo, this.#thinnedTo + CHUNK_ROWS);
        for (const { values } of this.columns) values.thinChunk(keep);
        this.#thinnedTo += CHUNK_ROWS;
      } else return;
      this.#bytes = this.#sum((values) => values.bytes);
    }
  }

  #sum(bytes: (values: ColumnHistory) => number): number {
    return this.columns.reduce((sum, { values }) => sum + bytes(values), 0);
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

function firstNotBelow(ascending: readonly number[], row: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
