/** Arrow's validity bitmap, least significant bit first: all slots valid until one is set null. */
export class Validity {
  readonly #bits: Uint8Array;
  #anyNull = false;

  constructor(rows: number) {
    this.#bits = new Uint8Array((rows + 7) >> 3).fill(0xff);
  }

  setNull(index: number): void {
    this.#bits[index >> 3]! &= ~(1 << (index & 7));
    this.#anyNull = true;
  }

  /** The bitmap of the first `rows` slots; null when all are valid. */
  bitmap(rows: number): Uint8Array | null {
    return this.#anyNull ? this.#bits.subarray(0, (rows + 7) >> 3) : null;
  }

  clear(): void {
    if (this.#anyNull) this.#bits.fill(0xff);
    this.#anyNull = false;
  }
}
