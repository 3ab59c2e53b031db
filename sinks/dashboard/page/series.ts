/** The points of one column, in the order of x: only where it was computed, NaN and infinities included. */
export class Series {
  x = new Float64Array(1024);
  y = new Float64Array(1024);
  length = 0;

  push(x: number, y: number): void {
    if (this.length === this.x.length) {
      this.x = grown(this.x);
      this.y = grown(this.y);
    }
    this.x[this.length] = x;
    this.y[this.length++] = y;
  }

  /** The last value, or undefined. */
  get last(): number | undefined {
    return this.length === 0 ? undefined : this.y[this.length - 1];
  }

  /** The value of the point nearest to x, or undefined. */
  near(x: number): number | undefined {
    const after = firstAtOrAfter(this.x, this.length, x);
    if (after === this.length) return this.last;
    const closer = after > 0 && x - this.x[after - 1]! < this.x[after]! - x ? after - 1 : after;
    return this.y[closer];
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

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
