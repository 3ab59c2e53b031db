import { DataType, type Field, type FixedSizeList } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';

/** Reads the value of one column at a row of the batch. */
export type SlotReader = (index: number) => unknown;

/**
 * Goes through the nodes and buffers of a batch in the order in which the format lays them out: depth first. Everything
 * is a view on the body; nothing is copied but text.
 *
 * @param batch one that fits its schema, and whose buffers lie within the body (`batchFits`)
 */
export class BatchLayout {
  readonly #batch: RecordBatch;
  readonly #body: ArrayBuffer;
  #buffer = 0;

  constructor(batch: RecordBatch, body: ArrayBuffer) {
    this.#batch = batch;
    this.#body = body;
  }

  /** The reader of the next column. */
  next({ name, type }: Pick<Field, 'name' | 'type'>): SlotReader {
    const valid = this.#bytes();
    const read = this.#values(name, type);
    // Left out when there is no null.
    if (valid.length === 0) return read;
    return (index) => ((valid[index >> 3]! >> (index & 7)) & 1 ? read(index) : null);
  }

  #values(name: string, type: DataType): SlotReader {
    if (DataType.isStruct(type)) return this.#group(type.children);
    if (DataType.isFixedSizeList(type)) return this.#vector(name, type);
    if (DataType.isUtf8(type)) return this.#text(name);
    if (DataType.isBool(type)) {
      const bits = this.#bytes();
      return (index) => ((bits[index >> 3]! >> (index & 7)) & 1) === 1;
    }
    const { buffer, byteOffset, byteLength } = this.#bytes();
    const values = DataType.isInt(type)
      ? new Int32Array(buffer, byteOffset, byteLength >> 2)
      : new Float64Array(buffer, byteOffset, byteLength >> 3);
    return (index) => values[index];
  }

  #group(fields: readonly Field[]): SlotReader {
    const names = fields.map(({ name }) => name);
    const readers = fields.map((field) => this.next(field));
    return (index) => {
      const group: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) group[names[i]!] = readers[i]!(index);
      return group;
    };
  }

  #vector(name: string, { listSize, valueType: type }: FixedSizeList): SlotReader {
    const read = this.next({ name, type });
    return (index) => {
      const elements: unknown[] = new Array(listSize);
      for (let place = 0; place < listSize; place++) elements[place] = read(index * listSize + place);
      return elements;
    };
  }

  #text(name: string): SlotReader {
    const { buffer, byteOffset, byteLength } = this.#bytes();
    const offsets = new Int32Array(buffer, byteOffset, byteLength >> 2);
    const bytes = this.#bytes();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (index) => {
      const begin = offsets[index]!;
      const end = offsets[index + 1]!;
      if (!(begin >= 0 && begin <= end && end <= text.length)) throw new Error(`damaged text in column '${name}'`);
      return text.toString('utf8', begin, end);
    };
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    const { offset, length } = this.#batch.buffers[this.#buffer++]!;
    return new Uint8Array(this.#body, offset, length);
  }
}
