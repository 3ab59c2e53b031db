/** What a bucket holds beside finite numbers, as bits of {@link Extremes.marks}. */
export const MARKS = { nan: 1, infinity: 2, minusInfinity: 4 } as const;

/** What is left of some rows of one numeric column: its extremes where they were, and what was not finite. */
export interface Extremes {
  /** Smallest finite value and its row; the row is -1 where there was no finite value. */
  min: number;
  minRow: number;
  max: number;
  maxRow: number;
  /** A sum of {@link MARKS}. */
  marks: number;
}

export function noExtremes(): Extremes {
  return { min: Number.NaN, minRow: -1, max: Number.NaN, maxRow: -1, marks: 0 };
}

export function forgetAll(extremes: Extremes): void {
  extremes.minRow = -1;
  extremes.maxRow = -1;
  extremes.marks = 0;
}

/** Takes one value in; of equal extremes the first stays. */
export function takeValue(into: Extremes, value: number, row: number): void {
  if (value - value !== 0) {
    into.marks |= Number.isNaN(value) ? MARKS.nan : value > 0 ? MARKS.infinity : MARKS.minusInfinity;
    return;
  }
  if (into.minRow < 0 || value < into.min) {
    into.min = value;
    into.minRow = row;
  }
  if (into.maxRow < 0 || value > into.max) {
    into.max = value;
    into.maxRow = row;
  }
}

/**
 * The extremes of bucket after bucket of `size` rows, in 21 bytes each. Buckets can be made larger later, and that
 * gives what making them so at once would have given: minimum and maximum are associative, and so are the marks.
 */
export class NumberBuckets {
  #size: number;
  #length = 0;
  #min = new Float64Array(0);
  #max = new Float64Array(0);
  /** Row of the extreme within its bucket. */
  #minAt = new Uint16Array(0);
  #maxAt = new Uint16Array(0);
  #marks = new Uint8Array(0);

  /** @param size rows a bucket, 65536 at most */
  constructor(size: number, capacity = 0) {
    this.#size = size;
    this.#resize(capacity);
  }

  get size(): number {
    return this.#size;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#min.length * 21;
  }

  /** Puts a bucket at the end, whose first row is `length * size`. */
  push({ min, minRow, max, maxRow, marks }: Extremes): void {
    if (this.#length === this.#min.length) this.#resize(Math.max(64, Math.ceil(this.#length * 1.5)));
    const begin = this.#length * this.#size;
    this.#put(this.#length++, min, minRow - begin, max, maxRow - begin, marks, minRow < 0);
  }

  /** Takes bucket `index` in. @param begin the row at which the first bucket begins */
  takeInto(into: Extremes, index: number, begin: number): void {
    into.marks |= this.#marks[index]!;
    const min = this.#min[index]!;
    if (Number.isNaN(min)) return;
    const first = begin + index * this.#size;
    if (into.minRow < 0 || min < into.min) {
      into.min = min;
      into.minRow = first + this.#minAt[index]!;
    }
    const max = this.#max[index]!;
    if (into.maxRow < 0 || max > into.max) {
      into.max = max;
      into.maxRow = first + this.#maxAt[index]!;
    }
  }

  /** Makes every two buckets one, in place. Their number must be even. */
  coarsen(): void {
    const both = noExtremes();
    const half = this.#length >> 1;
    const size = this.#size;
    for (let index = 0; index < half; index++) {
      forgetAll(both);
      this.takeInto(both, 2 * index, 0);
      this.takeInto(both, 2 * index + 1, 0);
      const begin = 2 * index * size;
      this.#put(index, both.min, both.minRow - begin, both.max, both.maxRow - begin, both.marks, both.minRow < 0);
    }
    this.#length = half;
    this.#size = 2 * size;
    this.#resize(half);
  }

  #put(index: number, min: number, minAt: number, max: number, maxAt: number, marks: number, empty: boolean): void {
    this.#min[index] = empty ? Number.NaN : min;
    this.#max[index] = empty ? Number.NaN : max;
    this.#minAt[index] = empty ? 0 : minAt;
    this.#maxAt[index] = empty ? 0 : maxAt;
    this.#marks[index] = marks;
  }

  #resize(capacity: number): void {
    const kept = this.#length;
    const moved = <A extends Float64Array | Uint16Array | Uint8Array>(from: A, to: A): A => {
      to.set(from.subarray(0, kept));
      return to;
    };
    this.#min = moved(this.#min, new Float64Array(capacity));
    this.#max = moved(this.#max, new Float64Array(capacity));
    this.#minAt = moved(this.#minAt, new Uint16Array(capacity));
    this.#maxAt = moved(this.#maxAt, new Uint16Array(capacity));
    this.#marks = moved(this.#marks, new Uint8Array(capacity));
  }
}
