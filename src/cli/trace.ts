/** Values kept at most; each stands for as many rows as the others. */
const CAPACITY = 4096;

/**
 * A series for a sparkline in bounded memory: of each few neighbours the one that stays is the farthest from what was
 * there before, so that a spike of one step is never lost; NaN and the infinities go before all others.
 */
export class Trace {
  readonly values: (number | null)[] = [];
  /** Rows that a value stands for. */
  #stride = 1;
  /** The one that would stay of the rows since the last value. */
  #pending: number | null = null;
  #pendingRows = 0;
  #previous = 0;

  /** @param rows how many rows have this value, one after another */
  push(value: number | null, rows = 1): void {
    for (let left = rows; left > 0; ) {
      const taken = Math.min(left, this.#stride - this.#pendingRows);
      this.#pending = this.#pendingRows === 0 ? value : farther(this.#pending, value, this.#previous);
      this.#pendingRows += taken;
      left -= taken;
      if (this.#pendingRows === this.#stride) this.#keep();
    }
  }

  #keep(): void {
    this.values.push(this.#pending);
    if (this.#pending !== null && Number.isFinite(this.#pending)) this.#previous = this.#pending;
    this.#pendingRows = 0;
    if (this.values.length < CAPACITY) return;
    let previous = 0;
    for (let index = 0; 2 * index < CAPACITY; index++) {
      const stays = farther(this.values[2 * index]!, this.values[2 * index + 1]!, previous);
      this.values[index] = stays;
      if (stays !== null && Number.isFinite(stays)) previous = stays;
    }
    this.values.length = CAPACITY / 2;
    this.#stride *= 2;
  }
}

/** The one of two that is farther from a third; the first of equals. */
function farther(a: number | null, b: number | null, from: number): number | null {
  return distance(a, from) >= distance(b, from) ? a : b;
}

function distance(value: number | null, from: number): number {
  if (value === null) return -1;
  return Number.isFinite(value) ? Math.abs(value - from) : Number.POSITIVE_INFINITY;
}
