import { DataType, Message, type MessageHeader, type Schema } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { batchFits, isOurs } from '../../formats/arrow/layout.ts';
import { withinBudget } from '../../formats/arrow/metadataBudget.ts';
import { MOST_ROWS, UnreadableFrame } from './serverMessage.ts';

/** Marker and length before the metadata of an IPC message. */
const PREFIX = 8;

/**
 * The values of a frame by column: real numbers, null where there is none. A column of numbers without null is a view on
 * the frame.
 */
export type ColumnValues = Readonly<Record<string, ArrayLike<number | boolean | string | null>>>;

/**
 * Reads the binary frames of one run: the schema, then record batches. Each is one IPC message, as in an Arrow stream.
 * A schema is checked to have only columns that servers send, a batch to fit it, before anything of it is read.
 */
export class ArrowFrames {
  readonly #schema: Schema;

  /** @throws {UnreadableFrame} */
  constructor(schemaFrame: Uint8Array<ArrayBuffer>) {
    const { message } = split(schemaFrame);
    if (!message.isSchema()) throw new UnreadableFrame('expected an Arrow schema');
    const schema = message.header();
    if (
      !isOurs(schema) ||
      schema.fields.some(({ type }) => DataType.isStruct(type) || DataType.isFixedSizeList(type))
    ) {
      throw new UnreadableFrame('its Arrow schema has columns of other types than servers send');
    }
    this.#schema = schema;
  }

  /** @throws {UnreadableFrame} */
  rows(frame: Uint8Array<ArrayBuffer>, count: number): ColumnValues {
    const { message, body } = split(frame);
    if (!message.isRecordBatch()) throw new UnreadableFrame('expected an Arrow record batch');
    const batch = (message as Message<MessageHeader.RecordBatch>).header();
    if (batch.length !== count || count > MOST_ROWS || !batchFits(batch, this.#schema, body.byteLength)) {
      throw new UnreadableFrame(`expected an Arrow record batch of ${count} rows that fits the schema`);
    }
    return valuesOf(this.#schema, batch, body);
  }
}

interface SplitFrame {
  readonly message: Message;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** @throws {UnreadableFrame} whatever is wrong with the message */
function split(frame: Uint8Array<ArrayBuffer>): SplitFrame {
  try {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const length = view.getInt32(4, true);
    if (view.getInt32(0, true) === -1 && length > 0 && PREFIX + length <= frame.byteLength) {
      const metadata = frame.subarray(PREFIX, PREFIX + length);
      if (withinBudget(metadata)) {
        const message = Message.decode(metadata);
        message.header();
        const rest = frame.subarray(PREFIX + length);
        // Typed arrays must begin at multiples of eight, as what servers send does.
        const body = rest.byteOffset % 8 === 0 ? rest : rest.slice();
        if (body.byteLength === message.bodyLength) return { message, body };
      }
    }
  } catch {
    // Said below.
  }
  throw new UnreadableFrame('expected an Arrow IPC message');
}

function valuesOf(schema: Schema, batch: RecordBatch, body: Uint8Array<ArrayBuffer>): ColumnValues {
  let next = 0;
  const bytes = () => {
    const { offset, length } = batch.buffers[next++]!;
    return body.subarray(offset, offset + length);
  };
  const columns: Record<string, ArrayLike<number | boolean | string | null>> = Object.create(null);
  for (const { name, type } of schema.fields) {
    const valid = bytes();
    const values = DataType.isUtf8(type)
      ? texts(bytes(), bytes(), batch.length)
      : DataType.isBool(type)
        ? truths(bytes(), batch.length)
        : numbers(type, bytes(), batch.length);
    columns[name] =
      valid.length === 0
        ? values
        : Array.from({ length: batch.length }, (_, row) => (bit(valid, row) ? values[row]! : null));
  }
  return columns;
}

function numbers(type: DataType, { buffer, byteOffset }: Uint8Array<ArrayBuffer>, count: number): ArrayLike<number> {
  return DataType.isInt(type) ? new Int32Array(buffer, byteOffset, count) : new Float64Array(buffer, byteOffset, count);
}

function truths(bits: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, row) => bit(bits, row));
}

/** The texts of all rows, those that are null included: they take no bytes. */
function texts({ buffer, byteOffset }: Uint8Array<ArrayBuffer>, text: Uint8Array, count: number): string[] {
  const offsets = new Int32Array(buffer, byteOffset, count + 1);
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, row) => {
    const begin = offsets[row]!;
    const end = offsets[row + 1]!;
    if (!(begin >= 0 && begin <= end && end <= text.length)) throw new UnreadableFrame('damaged text');
    return decoder.decode(text.subarray(begin, end));
  });
}

function bit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3]! >> (index & 7)) & 1) === 1;
}
