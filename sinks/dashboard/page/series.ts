import { ExtremeBlocks } from './extremeBlocks.ts';

/** The points of one column over the numbers of their rows: only where it was computed, NaN and infinities included. */
export class Series {
  rows = new Float64Array(1024);
  y = new Float64Array(1024);
  length = 0;
  readonly blocks = new ExtremeBlocks();
  /** Whether there is a point for each row so far. */
  dense = true;

  push(row: number, y: number): void {
    if (this.length === this.rows.length) {
      this.rows = grown(this.rows);
      this.y = grown(this.y);
    }
    if (row !== this.length) this.dense = false;
    this.rows[this.length] = row;
    this.y[this.length++] = y;
    this.blocks.take(this.y, this.length);
  }

  /** The last value, or undefined. */
  get last(): number | undefined {
    return this.length === 0 ? undefined : this.y[this.length - 1];
  }

  /** The last value of a row that is not after `row`, or undefined. */
  upTo(row: number): number | undefined {
    const after = firstAtOrAfter(this.rows, this.length, row + 0.5);
    return after === 0 ? undefined : this.y[after - 1];
  }
}

/** Index of the first of `length` ascending numbers that is not below x; `length` when there is none. */
export function firstAtOrAfter(ascending: Float64Array, length: number, x: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the one of `length` ascending numbers, at least one, that is nearest to x. */
export function nearest(ascending: Float64Array, length: number, x: number): number {
  const after = firstAtOrAfter(ascending, length, x);
  if (after === length) return length - 1;
  return after > 0 && x - ascending[after - 1]! < ascending[after]! - x ? after - 1 : after;
}

/** The same numbers with room for as many again. */
export function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
