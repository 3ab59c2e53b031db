import { firstAtOrAfter, grown, nearest } from './series.ts';

/** The place of each row on one axis, in numbers that ascend. */
export class AxisColumn {
  x = new Float64Array(1024);
  length = 0;
  /** False once a row lies before the one before it, or nowhere: such an axis cannot be drawn over. */
  usable = true;
  /** Rises when numbers that were there already have changed. */
  version = 0;
  readonly #logarithmic: boolean;
  /** Rows at the beginning that are not above 0. */
  #leading = 0;

  /** @param logarithmic whether the places are the decimal logarithms of what is pushed */
  constructor(logarithmic = false) {
    this.#logarithmic = logarithmic;
  }

  push(value: number): void {
    if (this.length === this.x.length) this.x = grown(this.x);
    const x = this.#logarithmic ? this.#logarithm(value) : value;
    if (Number.isNaN(x) || (this.length > 0 && x < this.x[this.length - 1]!)) this.usable = false;
    this.x[this.length++] = x;
  }

  /** First and last place. */
  get extent(): readonly [number, number] {
    return this.length === 0 ? [0, 1] : [this.x[0]!, this.x[this.length - 1]!];
  }

  /** The row nearest to a place. */
  rowAt(x: number): number {
    return this.length === 0 ? 0 : nearest(this.x, this.length, x);
  }

  /** The first row at a place or after it; one more than the last where there is none. */
  rowFrom(x: number): number {
    return firstAtOrAfter(this.x, this.length, x);
  }

  /** A run begins at 0, which has no logarithm: it gets a place a quarter of a decade before the first that has. */
  #logarithm(value: number): number {
    if (value > 0) {
      const x = Math.log10(value);
      if (this.#leading === this.length && this.length > 0) {
        this.x.fill(x - 0.25, 0, this.length);
        this.version++;
      }
      return x;
    }
    if (this.#leading !== this.length || Number.isNaN(value)) return Number.NaN;
    this.#leading++;
    return 0;
  }
}
