import type { Data } from 'apache-arrow';

/**
 * The values of one column for the batch being filled: typed arrays of a fixed number of rows, used again for every
 * batch. A row counts only once all its columns have taken it, so a slot may be set twice.
 */
export interface ColumnBuilder {
  /** Sets slot `index`. @throws {UnfitValue} when the value does not fit the column. */
  set(index: number, value: unknown): void;
  /** Sets slot `index` below a group that is null: whatever is cheapest, nobody reads it. */
  skip(index: number): void;
  /** The first `rows` slots, as views: valid until the next {@link set}. */
  data(rows: number): Data;
  /** Ready for the next batch. */
  clear(): void;
  /** Bytes of text set since the last {@link clear}, which no fixed number of rows bounds. */
  readonly textBytes: number;
}

/** A value met a column that it does not fit; whoever knows the step makes a whole message of it. */
export class UnfitValue extends Error {
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;

  /** @param what the value in words, where its kind does not say enough */
  constructor(path: string, value: unknown, expected: string, what = shown(value)) {
    super(`column '${path}' got ${what}: expected ${expected}`);
    this.name = 'UnfitValue';
    this.path = path;
    this.value = value;
    this.expected = expected;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  if (value === undefined) return 'no value';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  return Object.is(value, -0) ? '-0' : String(value);
}
