import type { Data } from 'apache-arrow';
import type { ColumnDescription } from '../../src/columns.ts';
import type { Row } from '../../src/step.ts';
import { builderOf } from './builders/builderOf.ts';
import { type ColumnBuilder, UnfitValue } from './builders/columnBuilder.ts';

/** Thrown when a row does not fit the columns that were described; nothing of that row is written. */
export class RowMismatchError extends Error {
  readonly step: number;
  /** The way to the column from the row, with dots: `eigenspace.lossTop`. */
  readonly column: string;
  readonly value: unknown;
  readonly expected: string;

  constructor(step: number, { message, path, value, expected }: UnfitValue) {
    super(`step ${step}: ${message}`);
    this.name = 'RowMismatchError';
    this.step = step;
    this.column = path;
    this.value = value;
    this.expected = expected;
  }
}

/** The rows since the last batch was written, column by column. No row is kept. */
export class RowBatch {
  readonly capacity: number;
  readonly #names: readonly string[];
  readonly #columns: readonly ColumnBuilder[];
  #rows = 0;

  constructor(columns: readonly ColumnDescription[], capacity: number) {
    this.capacity = capacity;
    this.#names = columns.map(({ name }) => name);
    this.#columns = columns.map((column) => builderOf(column, capacity));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of text, which the number of rows does not bound. */
  get textBytes(): number {
    let bytes = 0;
    for (const column of this.#columns) bytes += column.textBytes;
    return bytes;
  }

  /** @throws {RowMismatchError} when a value does not fit; the batch is then as it was before. */
  append(row: Row): void {
    const fields = row as unknown as Record<string, unknown>;
    const index = this.#rows;
    const columns = this.#columns;
    try {
      for (let i = 0; i < columns.length; i++) columns[i]!.set(index, fields[this.#names[i]!]);
    } catch (error) {
      throw error instanceof UnfitValue ? new RowMismatchError(row.step, error) : error;
    }
    this.#rows = index + 1;
  }

  /** Takes the last row back, which must be the end of the run: its slots are not made fit for another. */
  takeBack(): void {
    this.#rows--;
  }

  /** The columns so far, as views that the next {@link append} overwrites. */
  data(): Data[] {
    return this.#columns.map((column) => column.data(this.#rows));
  }

  clear(): void {
    this.#rows = 0;
    for (const column of this.#columns) column.clear();
  }
}
