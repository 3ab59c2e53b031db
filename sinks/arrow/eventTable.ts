import type { ColumnDescription } from '../../src/columns.ts';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import { eventColumns, eventPlaces } from '../../src/formats/arrow/eventTable.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import type { EarlierRows } from './earlierRows.ts';
import { controlRow, EventRows } from './eventRows.ts';
import type { Place } from './place.ts';
import { arrowSchema, type RunDescription } from './schema.ts';
import type { StreamFileOptions } from './streamFile.ts';
import { type TableDescription, TableFile } from './tableFile.ts';

/** Events are rare: a batch of them is full sooner, and takes less room for what it waits for. */
const usualBatchRows = 64;

/** The events of a run, as a table beside that of its steps. */
export class EventTable {
  readonly #table: TableFile;
  readonly #rows: EventRows;

  /** @throws {CannotWriteError} when a group of the run has a name that is taken in this table. */
  static described(
    place: Place,
    run: RunDescription,
    more: readonly (readonly [key: string, value: string])[],
  ): TableDescription {
    try {
      const columns = eventColumns(run.columns);
      const places = JSON.stringify(eventPlaces(run.columns));
      return { place, columns, schema: arrowSchema(run, columns, [['onager.events', places], ...more]) };
    } catch (error) {
      throw new CannotWriteError(place.given, error);
    }
  }

  /** @param columns those of the run */
  constructor(
    description: TableDescription,
    columns: readonly ColumnDescription[],
    options: StreamFileOptions,
    disk: Disk,
    lastWords: () => void,
    earlier: EarlierRows | undefined,
  ) {
    this.#rows = new EventRows(columns);
    const batchRows = Math.max(usualBatchRows, this.#rows.most);
    this.#table = new TableFile(description, batchRows, options, disk, lastWords, earlier);
  }

  get rows(): number {
    return this.#table.rows;
  }

  /** Takes the events of a row. @throws {RowMismatchError} when one does not fit its columns; it takes none then. */
  append(row: Row, number: number): void {
    const events = this.#rows.of(row, number);
    if (events === undefined) return;
    const { batch } = this.#table;
    if (batch.rows + events.length > batch.capacity) this.flush();
    const { rows } = batch;
    try {
      for (const event of events) batch.append(event);
    } catch (error) {
      while (batch.rows > rows) batch.takeBack();
      throw error;
    }
  }

  /** Takes what was asked of the run, and puts it on the disk: no row may come for long. */
  control(message: ControlMessage, step: number, row: number): void {
    const { batch } = this.#table;
    if (batch.rows === batch.capacity) this.flush();
    batch.append(controlRow(step, row, message));
    this.flush();
  }

  /** Writes the events before it returns: they go before their rows. @throws {CannotWriteError} */
  flush(): void {
    if (this.#table.batch.rows === 0) return;
    this.#table.flush();
    this.#table.file.writeNow();
  }

  durable(): Promise<void> {
    return this.#table.file.durable();
  }

  finish(): Promise<void> {
    return this.#table.file.finish();
  }
}
