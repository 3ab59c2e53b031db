import { type Data, Int32, makeData } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** Whole numbers that fit 32 bits; the sign of zero is not kept. */
export class Int32Builder implements ColumnBuilder {
  readonly textBytes = 0;
  readonly #path: string;
  readonly #values: Int32Array;
  readonly #validity: Validity | undefined;

  constructor(path: string, nullable: boolean, rows: number) {
    this.#path = path;
    this.#values = new Int32Array(rows);
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  set(index: number, value: unknown): void {
    if (typeof value === 'number' && (value | 0) === value) this.#values[index] = value;
    else if (value == null && this.#validity !== undefined) {
      this.#values[index] = 0;
      this.#validity.setNull(index);
    } else throw new UnfitValue(this.#path, value, 'a whole number of -2147483648 to 2147483647');
  }

  skip(index: number): void {
    this.#values[index] = 0;
    this.#validity?.setNull(index);
  }

  data(rows: number): Data {
    const nullBitmap = this.#validity?.bitmap(rows) ?? null;
    return makeData({ type: new Int32(), length: rows, nullBitmap, data: this.#values.subarray(0, rows) });
  }

  clear(): void {
    this.#validity?.clear();
  }
}
