import type { Data } from 'apache-arrow';
import type { Buckets, WireValue } from '../../src/formats/webSocket/protocol.ts';

/** Rows that are kept, thinned and let go together. */
export const CHUNK_BITS = 12;
export const CHUNK_ROWS = 1 << CHUNK_BITS;
export const CHUNK_MASK = CHUNK_ROWS - 1;
/** Rows of the smallest bucket. */
export const BUCKET_ROWS = 64;

/**
 * All values of one leaf column since the run began; where memory ran short, the oldest of them as buckets. Rows from
 * `thinnedTo` on are as they came. All columns of a run are thinned together.
 */
export interface ColumnHistory {
  /** Puts what a row holds at the end; what is not of the column's type counts as null. */
  push(value: unknown): void;
  /** Bytes that the values take, nearly. */
  readonly bytes: number;
  /** Those of them that buckets take. */
  readonly thinnedBytes: number;
  /** Bytes that one value takes as JSON, nearly and on average. */
  readonly jsonBytes: number;
  /** Likewise in a record batch. */
  readonly arrowBytes: number;
  /** The values of rows `from` to `to - 1`, none of them thinned, or undefined where all of them are null. */
  wire(from: number, to: number): WireValue[] | undefined;
  /** The same rows for Arrow; they lie in one chunk. */
  arrow(from: number, to: number): Data;
  /**
   * What is left of rows `first` to `to - 1` in buckets of `size` rows, undefined where all is null.
   * @param first a multiple of `size`, which is one of what is thinned already
   */
  buckets(first: number, to: number, size: number): Buckets | undefined;
  /** The value of a row that is not thinned, or that was to be kept. */
  at(row: number): WireValue;
  /** Makes buckets of the oldest chunk that is still whole, but for the rows to keep as they are. */
  thinChunk(keep: readonly number[]): void;
  /** Makes every two buckets one. */
  coarsen(): void;
}
