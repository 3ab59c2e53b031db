import { type Data, type DataType, type FixedSizeList, makeData } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** A vector: its elements row after row, and whether it is there at all. */
export class VectorBuilder implements ColumnBuilder {
  readonly #path: string;
  readonly #type: DataType;
  readonly #length: number;
  readonly #elements: ColumnBuilder;
  readonly #validity: Validity | undefined;

  /**
   * @param length how many elements a row has
   * @param elements the builder of the elements of all rows, for `rows * length` of them
   */
  constructor(path: string, type: DataType, nullable: boolean, rows: number, length: number, elements: ColumnBuilder) {
    this.#path = path;
    this.#type = type;
    this.#length = length;
    this.#elements = elements;
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  get textBytes(): number {
    return this.#elements.textBytes;
  }

  set(index: number, value: unknown): void {
    if (value == null && this.#validity !== undefined) {
      this.skip(index);
      return;
    }
    const length = this.#length;
    const elements = arrayOf(length, value, this.#path);
    const first = index * length;
    let place = 0;
    try {
      for (; place < length; place++) this.#elements.set(first + place, elements[place]);
    } catch (error) {
      if (!(error instanceof UnfitValue)) throw error;
      throw new UnfitValue(`${this.#path}.${place}`, error.value, error.expected);
    }
  }

  skip(index: number): void {
    this.#validity?.setNull(index);
    const end = (index + 1) * this.#length;
    for (let slot = index * this.#length; slot < end; slot++) this.#elements.skip(slot);
  }

  data(rows: number): Data {
    return makeData({
      type: this.#type as FixedSizeList,
      length: rows,
      nullBitmap: this.#validity?.bitmap(rows) ?? null,
      child: this.#elements.data(rows * this.#length),
    });
  }

  clear(): void {
    this.#validity?.clear();
    this.#elements.clear();
  }
}

/** The value of a vector in a row: an array or a typed array. @throws {UnfitValue} when it is none of that length */
export function arrayOf(length: number, value: unknown, path: string): ArrayLike<unknown> {
  const elements = value as ArrayLike<unknown>;
  const array = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (array && elements.length === length) return elements;
  const expected = `an array of ${length}, as the column is a vector`;
  throw new UnfitValue(path, value, expected, array ? `an array of ${elements.length}` : undefined);
}
