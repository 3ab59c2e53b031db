import { existsSync } from 'node:fs';
import type { Schema } from 'apache-arrow';
import type { ColumnDescription } from '../../columns.ts';
import { type EventPlace, readEventPlaces, tablesKey } from '../../formats/arrow/eventTable.ts';
import type { Row } from '../../step.ts';
import { RecordedRun, type SeparateEvents } from './recordedRun.ts';
import { RecordedTable } from './recordedTable.ts';
import { putAt, valueAt } from './rowPath.ts';

/** A row of the table of events. */
type EventRow = Row & { readonly row: number };

/** The table of events of a run folder, read along with the rows: never more of it is in memory than a batch. */
export class RecordedEvents implements SeparateEvents {
  readonly columns: readonly ColumnDescription[];
  readonly places: readonly EventPlace[];
  readonly #table: RecordedTable;
  readonly #recorded: RecordedRun;
  #batch: Iterator<Row> | undefined;
  /** An event of a row that nobody has asked for. */
  #ahead: EventRow | undefined;

  /** Undefined for a folder without that table: its rows are of use without. @throws {Error} when it cannot be one. */
  static async open(path: string): Promise<RecordedEvents | undefined> {
    if (!existsSync(path)) return undefined;
    const table = await RecordedTable.open(path);
    try {
      return new RecordedEvents(table);
    } catch (error) {
      table.close();
      throw error;
    }
  }

  private constructor(table: RecordedTable) {
    this.#table = table;
    this.#recorded = new RecordedRun(table.schema, []);
    this.columns = this.#recorded.run.columns;
    this.places = readEventPlaces(table.schema.metadata.get('onager.events'));
  }

  /** Whether the same writer made them and a table of steps. */
  isOf({ metadata }: Schema): boolean {
    return metadata.get(tablesKey) === this.#table.schema.metadata.get(tablesKey);
  }

  /** The events of the rows from one number to before another, which are asked for in their order. */
  async of(first: number, end: number): Promise<ReadonlyMap<number, readonly Row[]>> {
    const found = new Map<number, Row[]>();
    for (;;) {
      const event = this.#ahead ?? (await this.#next());
      this.#ahead = event;
      if (event === undefined || !(event.row < end)) return found;
      this.#ahead = undefined;
      if (event.row < first) continue;
      const others = found.get(event.row);
      if (others === undefined) found.set(event.row, [event]);
      else others.push(event);
    }
  }

  close(): void {
    this.#table.close();
  }

  async #next(): Promise<EventRow | undefined> {
    for (;;) {
      const next = this.#batch?.next();
      if (next !== undefined && !next.done) return next.value as EventRow;
      const block = await this.#table.next();
      if (block === undefined) return undefined;
      this.#batch = (await this.#recorded.rows(this.#table.fd, block))[Symbol.iterator]();
    }
  }
}

/** Puts events back into the rows that they came with; where a row has none, its groups say null. */
export function* withEvents(
  rows: Iterable<Row>,
  first: number,
  places: readonly EventPlace[],
  events: ReadonlyMap<number, readonly Row[]>,
): Generator<Row> {
  const paths = places.map(({ path }) => path);
  let number = first;
  for (const row of rows) {
    for (const path of paths) putAt(row, path, null);
    for (const event of events.get(number) ?? [])
      for (const path of paths) {
        const report = valueAt(event, path);
        if (report !== null && report !== undefined) putAt(row, path, report);
      }
    number++;
    yield row;
  }
}
