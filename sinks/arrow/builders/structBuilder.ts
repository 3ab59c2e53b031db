import { type Data, type DataType, makeData } from 'apache-arrow';
import { type ColumnBuilder, UnfitValue } from './columnBuilder.ts';
import { Validity } from './validity.ts';

/** A group: its members' values, and whether it is there at all. */
export class StructBuilder implements ColumnBuilder {
  readonly #path: string;
  readonly #type: DataType;
  readonly #names: readonly string[];
  readonly #members: readonly ColumnBuilder[];
  readonly #validity: Validity | undefined;

  constructor(
    path: string,
    type: DataType,
    nullable: boolean,
    rows: number,
    members: readonly (readonly [name: string, member: ColumnBuilder])[],
  ) {
    this.#path = path;
    this.#type = type;
    this.#names = members.map(([name]) => name);
    this.#members = members.map(([, member]) => member);
    this.#validity = nullable ? new Validity(rows) : undefined;
  }

  get textBytes(): number {
    let bytes = 0;
    for (const member of this.#members) bytes += member.textBytes;
    return bytes;
  }

  set(index: number, value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      const group = value as Record<string, unknown>;
      const members = this.#members;
      for (let i = 0; i < members.length; i++) members[i]!.set(index, group[this.#names[i]!]);
    } else if (value == null && this.#validity !== undefined) this.skip(index);
    else throw new UnfitValue(this.#path, value, 'an object, as the column is a group');
  }

  skip(index: number): void {
    this.#validity?.setNull(index);
    for (const member of this.#members) member.skip(index);
  }

  data(rows: number): Data {
    return makeData({
      type: this.#type as never,
      length: rows,
      nullBitmap: this.#validity?.bitmap(rows) ?? null,
      children: this.#members.map((member) => member.data(rows)),
    });
  }

  clear(): void {
    this.#validity?.clear();
    for (const member of this.#members) member.clear();
  }
}
