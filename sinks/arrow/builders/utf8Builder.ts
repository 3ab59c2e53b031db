import { type Data, makeData, Utf8 } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** Text as UTF-8, one value after another; a lone surrogate becomes U+FFFD. */
export class Utf8Builder implements ColumnBuilder {
  readonly #path: string;
  readonly #offsets: Int32Array;
  readonly #validity: Validity | undefined;
  #bytes = Buffer.allocUnsafe(1024);
  #end = 0;

  constructor(path: string, nullable: boolean, rows: number) {
    this.#path = path;
    this.#offsets = new Int32Array(rows + 1);
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  get textBytes(): number {
    return this.#end;
  }

  set(index: number, value: unknown): void {
    if (typeof value === 'string') {
      const begin = this.#offsets[index]!;
      // A UTF-16 unit takes at most three bytes.
      const room = begin + value.length * 3;
      if (room > this.#bytes.length) this.#grow(begin, room);
      this.#end = begin + this.#bytes.write(value, begin);
      this.#offsets[index + 1] = this.#end;
    } else if (value == null && this.#validity !== undefined) this.skip(index);
    else throw new UnfitValue(this.#path, value, 'a string');
  }

  skip(index: number): void {
    this.#offsets[index + 1] = this.#offsets[index]!;
    this.#validity?.setNull(index);
  }

  data(rows: number): Data {
    return makeData({
      type: new Utf8(),
      length: rows,
      nullBitmap: this.#validity?.bitmap(rows) ?? null,
      valueOffsets: this.#offsets.subarray(0, rows + 1),
      data: this.#bytes.subarray(0, this.#offsets[rows]!),
    });
  }

  clear(): void {
    this.#end = 0;
    this.#validity?.clear();
  }

  #grow(used: number, room: number): void {
    const larger = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(room)));
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}
