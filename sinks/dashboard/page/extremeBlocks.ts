/** Points that are summed up together. */
export const BLOCK = 64;

/**
 * Where the smallest and the largest number of each whole block of points are, so that a million points can be drawn
 * without a look at every one of them. A block that holds anything but finite numbers is looked at point by point.
 */
export class ExtremeBlocks {
  #smallest = new Uint32Array(16);
  #largest = new Uint32Array(16);
  #finite = new Uint8Array(16);
  #length = 0;

  /** Takes in the block that ends with point `end - 1`, when there is one. */
  take(y: Float64Array, end: number): void {
    if (end % BLOCK !== 0) return;
    if (this.#length === this.#finite.length) this.#grow();
    const begin = end - BLOCK;
    let [smallest, largest, finite] = [begin, begin, 1];
    for (let i = begin; i < end; i++) {
      const value = y[i]!;
      if (value - value !== 0) finite = 0;
      if (value < y[smallest]!) smallest = i;
      if (value > y[largest]!) largest = i;
    }
    this.#smallest[this.#length] = smallest;
    this.#largest[this.#length] = largest;
    this.#finite[this.#length++] = finite;
  }

  /** Whether the block that begins with point `begin` is whole and finite throughout. */
  isFinite(begin: number): boolean {
    const block = begin / BLOCK;
    return block < this.#length && this.#finite[block] === 1;
  }

  smallest(begin: number): number {
    return this.#smallest[begin / BLOCK]!;
  }

  largest(begin: number): number {
    return this.#largest[begin / BLOCK]!;
  }

  #grow(): void {
    const grown = <A extends Uint32Array | Uint8Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    const capacity = 2 * this.#length;
    this.#smallest = grown(this.#smallest, new Uint32Array(capacity));
    this.#largest = grown(this.#largest, new Uint32Array(capacity));
    this.#finite = grown(this.#finite, new Uint8Array(capacity));
  }
}
