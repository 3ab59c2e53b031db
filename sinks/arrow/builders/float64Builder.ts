import { type Data, Float64, makeData } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** Numbers as they are: NaN, infinities and the sign of zero are data. */
export class Float64Builder implements ColumnBuilder {
  readonly textBytes = 0;
  readonly #path: string;
  readonly #values: Float64Array;
  readonly #validity: Validity | undefined;

  constructor(path: string, nullable: boolean, rows: number) {
    this.#path = path;
    this.#values = new Float64Array(rows);
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  set(index: number, value: unknown): void {
    if (typeof value === 'number') this.#values[index] = value;
    else if (value == null && this.#validity !== undefined) {
      this.#values[index] = 0;
      this.#validity.setNull(index);
    } else throw new UnfitValue(this.#path, value, 'a number');
  }

  skip(index: number): void {
    this.#values[index] = 0;
    this.#validity?.setNull(index);
  }

  data(rows: number): Data {
    const nullBitmap = this.#validity?.bitmap(rows) ?? null;
    return makeData({ type: new Float64(), length: rows, nullBitmap, data: this.#values.subarray(0, rows) });
  }

  clear(): void {
    this.#validity?.clear();
  }
}
