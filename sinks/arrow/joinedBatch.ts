import {
  type Data,
  DataType,
  type Field,
  type Float64,
  Message,
  type MessageHeader,
  makeData,
  type Schema,
} from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { type EncodedMessage, encodeBatch, prefixLength } from '../../src/formats/arrow/message.ts';

/** Rows of a batch, one after another. */
export interface BatchRows {
  /** The whole message, aligned to 8 bytes. */
  readonly message: Uint8Array;
  /** The first of them and the one after the last; default: all of the batch. */
  readonly begin?: number;
  readonly end?: number;
}

/** Thrown when a batch has texts that begin or end outside of it, as damage makes them. */
export class DamagedTexts extends Error {
  constructor() {
    super('a text of it begins or ends outside of its batch: expected a file that is not damaged');
  }
}

/**
 * One batch of rows of several, in their order; they are copied column by column, and no row is ever made.
 * @throws {DamagedTexts}
 */
export function joinedBatch(schema: Schema, pieces: readonly BatchRows[]): EncodedMessage {
  const parts = pieces.map((piece) => new BatchPart(piece)).filter(({ rows }) => rows > 0);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return encodeBatch(
    schema.fields.map((field) => joinedColumn(field, parts, rows)),
    rows,
  );
}

/** The slots of a column that are taken of a batch, whose buffers come one after another. */
interface Slots {
  readonly begin: number;
  readonly rows: number;
  next(): Uint8Array;
}

/** Goes through the buffers of a batch in the order in which the format lays them out: depth first. */
class BatchPart implements Slots {
  readonly begin: number;
  readonly rows: number;
  readonly #batch: RecordBatch;
  readonly #body: Uint8Array;
  #buffer = 0;

  constructor({ message, begin = 0, end }: BatchRows) {
    const length = new DataView(message.buffer, message.byteOffset).getInt32(4, true);
    const metadata = message.subarray(prefixLength, prefixLength + length);
    this.#batch = (Message.decode(metadata) as Message<MessageHeader.RecordBatch>).header();
    this.#body = message.subarray(prefixLength + length);
    this.begin = begin;
    this.rows = (end ?? this.#batch.length) - begin;
  }

  next(): Uint8Array {
    const { offset, length } = this.#batch.buffers[this.#buffer++]!;
    return this.#body.subarray(offset, offset + length);
  }
}

function joinedColumn({ type }: Field, parts: readonly Slots[], rows: number): Data {
  const validities = parts.map((part) => part.next());
  // A bitmap is left out where there is no null.
  const nullBitmap = validities.every(({ length }) => length === 0) ? null : joinedBits(validities, parts, rows);
  const shape = { length: rows, nullBitmap };
  if (DataType.isStruct(type)) {
    const children = type.children.map((member) => joinedColumn(member, parts, rows));
    return makeData({ ...shape, type, children });
  }
  if (DataType.isFixedSizeList(type)) {
    const { listSize, children } = type;
    const elements = parts.map((part) => elementsOf(part, listSize));
    return makeData({ ...shape, type, child: joinedColumn(children[0]!, elements, rows * listSize) });
  }
  const buffers = parts.map((part) => part.next());
  if (DataType.isUtf8(type)) {
    const texts = parts.map((part) => part.next());
    return makeData({ ...shape, type, ...joinedTexts(buffers, texts, parts, rows) });
  }
  if (DataType.isBool(type)) return makeData({ ...shape, type, data: joinedBits(buffers, parts, rows) });
  if (DataType.isInt(type))
    return makeData({ ...shape, type, data: new Int32Array(joinedNumbers(buffers, parts, rows, 4)) });
  return makeData({ ...shape, type: type as Float64, data: new Float64Array(joinedNumbers(buffers, parts, rows, 8)) });
}

/** The slots of the elements of a vector. */
function elementsOf(part: Slots, length: number): Slots {
  return { begin: part.begin * length, rows: part.rows * length, next: () => part.next() };
}

/** Bits one after another, least significant first; those of a part without any are 1. */
function joinedBits(buffers: readonly Uint8Array[], parts: readonly Slots[], rows: number): Uint8Array {
  const bits = new Uint8Array((rows + 7) >> 3);
  let at = 0;
  for (const [index, buffer] of buffers.entries()) {
    const { begin, rows: count } = parts[index]!;
    const absent = buffer.length === 0;
    if (((at | begin) & 7) === 0) {
      const whole = (count + 7) >> 3;
      if (absent) bits.fill(0xff, at >> 3, (at >> 3) + whole);
      else bits.set(buffer.subarray(begin >> 3, (begin >> 3) + whole), at >> 3);
      // What stands behind the last bit of this part belongs to the next.
      if ((count & 7) !== 0) bits[(at + count) >> 3]! &= (1 << (count & 7)) - 1;
    } else {
      for (let bit = begin; bit < begin + count; bit++) {
        const to = at + bit - begin;
        if (absent || (buffer[bit >> 3]! >> (bit & 7)) & 1) bits[to >> 3]! |= 1 << (to & 7);
      }
    }
    at += count;
  }
  return bits;
}

function joinedNumbers(
  buffers: readonly Uint8Array[],
  parts: readonly Slots[],
  rows: number,
  width: number,
): ArrayBuffer {
  const bytes = new Uint8Array(rows * width);
  let at = 0;
  for (const [index, buffer] of buffers.entries()) {
    const { begin, rows: count } = parts[index]!;
    bytes.set(buffer.subarray(begin * width, (begin + count) * width), at);
    at += count * width;
  }
  return bytes.buffer;
}

function joinedTexts(
  buffers: readonly Uint8Array[],
  texts: readonly Uint8Array[],
  parts: readonly Slots[],
  rows: number,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(rows + 1);
  const pieces: Uint8Array[] = [];
  let row = 0;
  let end = 0;
  for (const [index, { buffer, byteOffset }] of buffers.entries()) {
    const { begin, rows: count } = parts[index]!;
    const offsets = new Int32Array(buffer, byteOffset + 4 * begin, count + 1);
    const first = offsets[0]!;
    const text = texts[index]!;
    if (first < 0 || offsets[count]! > text.length) throw new DamagedTexts();
    for (let i = 1; i <= count; i++) {
      if (offsets[i]! < offsets[i - 1]!) throw new DamagedTexts();
      valueOffsets[row + i] = end + offsets[i]! - first;
    }
    pieces.push(text.subarray(first, offsets[count]!));
    row += count;
    end = valueOffsets[row]!;
  }
  return { valueOffsets, data: Buffer.concat(pieces, end) };
}
