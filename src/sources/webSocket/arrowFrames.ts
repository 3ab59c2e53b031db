import { DataType, Message, type MessageHeader, type Schema } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { batchFits, isOurs } from '../../formats/arrow/layout.ts';
import { withinBudget } from '../../formats/arrow/metadataBudget.ts';
import { MOST_ROWS, UnreadableFrame } from './serverMessage.ts';

/** Marker and length before the metadata of an IPC message. */
const PREFIX = 8;

/** The values of a frame by column: real numbers, null where there is none. */
export type ColumnValues = Readonly<Record<string, readonly unknown[]>>;

/**
 * Reads the binary frames of one run: the schema, then record batches. Each is one IPC message, as in an Arrow stream.
 * A schema is checked to have only columns that servers send, a batch to fit it, before anything of it is read.
 */
export class ArrowFrames {
  readonly #schema: Schema;

  /** @throws {UnreadableFrame} */
  constructor(schemaFrame: Uint8Array) {
    const { message } = split(schemaFrame);
    if (!message.isSchema()) throw new UnreadableFrame('expected an Arrow schema');
    const schema = message.header();
    if (!isOurs(schema) || schema.fields.some(({ type }) => DataType.isStruct(type))) {
      throw new UnreadableFrame('its Arrow schema has columns of other types than servers send');
    }
    this.#schema = schema;
  }

  /** @throws {UnreadableFrame} */
  rows(frame: Uint8Array, count: number): ColumnValues {
    const { message, body } = split(frame);
    if (!message.isRecordBatch()) throw new UnreadableFrame('expected an Arrow record batch');
    const batch = (message as Message<MessageHeader.RecordBatch>).header();
    if (batch.length !== count || count > MOST_ROWS || !batchFits(batch, this.#schema, body.byteLength)) {
      throw new UnreadableFrame(`expected an Arrow record batch of ${count} rows that fits the schema`);
    }
    return valuesOf(this.#schema, batch, body);
  }
}

/** @throws {UnreadableFrame} whatever is wrong with the message */
function split(frame: Uint8Array): { readonly message: Message; readonly body: ArrayBuffer } {
  try {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const length = view.getInt32(4, true);
    if (view.getInt32(0, true) === -1 && length > 0 && PREFIX + length <= frame.byteLength) {
      const metadata = frame.subarray(PREFIX, PREFIX + length);
      if (withinBudget(metadata)) {
        const message = Message.decode(metadata);
        message.header();
        // A copy, since typed arrays must begin at multiples of eight.
        const body = frame.slice(PREFIX + length).buffer as ArrayBuffer;
        if (body.byteLength === message.bodyLength) return { message, body };
      }
    }
  } catch {
    // Said below.
  }
  throw new UnreadableFrame('expected an Arrow IPC message');
}

function valuesOf(schema: Schema, batch: RecordBatch, body: ArrayBuffer): ColumnValues {
  let next = 0;
  const bytes = () => {
    const { offset, length } = batch.buffers[next++]!;
    return new Uint8Array(body, offset, length);
  };
  const columns: Record<string, unknown[]> = Object.create(null);
  for (const { name, type } of schema.fields) {
    const valid = bytes();
    const read = DataType.isUtf8(type) ? textReader(bytes(), bytes()) : scalarReader(type, bytes());
    const isNull = (row: number) => valid.length > 0 && !bit(valid, row);
    columns[name] = Array.from({ length: batch.length }, (_, row) => (isNull(row) ? null : read(row)));
  }
  return columns;
}

function scalarReader(type: DataType, { buffer, byteOffset, byteLength }: Uint8Array): (row: number) => unknown {
  if (DataType.isBool(type)) {
    const bits = new Uint8Array(buffer, byteOffset, byteLength);
    return (row) => bit(bits, row);
  }
  const values = DataType.isInt(type)
    ? new Int32Array(buffer, byteOffset, byteLength >> 2)
    : new Float64Array(buffer, byteOffset, byteLength >> 3);
  return (row) => values[row];
}

function textReader({ buffer, byteOffset, byteLength }: Uint8Array, text: Uint8Array): (row: number) => string {
  const offsets = new Int32Array(buffer, byteOffset, byteLength >> 2);
  const decoder = new TextDecoder();
  return (row) => {
    const begin = offsets[row]!;
    const end = offsets[row + 1]!;
    if (!(begin >= 0 && begin <= end && end <= text.length)) throw new UnreadableFrame('damaged text');
    return decoder.decode(text.subarray(begin, end));
  };
}

function bit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3]! >> (index & 7)) & 1) === 1;
}
