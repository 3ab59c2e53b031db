import { Bool, type Data, makeData } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** Booleans, a bit each. */
export class BoolBuilder implements ColumnBuilder {
  readonly textBytes = 0;
  readonly #path: string;
  readonly #bits: Uint8Array;
  readonly #validity: Validity | undefined;

  constructor(path: string, nullable: boolean, rows: number) {
    this.#path = path;
    this.#bits = new Uint8Array((rows + 7) >> 3);
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  set(index: number, value: unknown): void {
    if (value === true) this.#bits[index >> 3]! |= 1 << (index & 7);
    else if (value === false) this.#bits[index >> 3]! &= ~(1 << (index & 7));
    else if (value == null && this.#validity !== undefined) this.#validity.setNull(index);
    else throw new UnfitValue(this.#path, value, 'true or false');
  }

  skip(index: number): void {
    this.#validity?.setNull(index);
  }

  data(rows: number): Data {
    const nullBitmap = this.#validity?.bitmap(rows) ?? null;
    return makeData({ type: new Bool(), length: rows, nullBitmap, data: this.#bits.subarray(0, (rows + 7) >> 3) });
  }

  clear(): void {
    this.#validity?.clear();
  }
}
