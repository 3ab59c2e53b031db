import { type Data, Message, MessageHeader, type Schema, Vector } from 'apache-arrow';
import { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { VectorAssembler } from 'apache-arrow/visitor/vectorassembler';

/**
 * An encapsulated IPC message: continuation marker and length of the metadata (8 bytes together), metadata padded to
 * 8 bytes, body. In a stream, messages follow one another with nothing between.
 */
export interface EncodedMessage {
  readonly bytes: Uint8Array;
  /** The marker, the length and the padded metadata. */
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** Length of the continuation marker and the length after it. */
export const prefixLength = 8;

/** What ends a stream: a continuation marker and a length of 0. */
export const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

export function encodeSchema(schema: Schema): EncodedMessage {
  return encapsulate(Message.encode(Message.from(schema)), [], 0);
}

/**
 * Arrow's writer classes are not used for batches, since they close the stream without a word at a batch whose schema
 * differs (arrow-js issue 388); only its encoders are, and what they made is read back here.
 *
 * @throws {Error} when the encoded message does not say what was put in.
 */
export function encodeBatch(columns: readonly Data[], rows: number): EncodedMessage {
  const { byteLength, nodes, bufferRegions, buffers } = VectorAssembler.assemble(
    ...columns.map((column) => new Vector([column])),
  );
  const metadata = Message.encode(Message.from(new RecordBatch(rows, nodes, bufferRegions, null), byteLength));
  const decoded = Message.decode(metadata);
  if (
    decoded.headerType !== MessageHeader.RecordBatch ||
    (decoded as Message<MessageHeader.RecordBatch>).header().length !== rows ||
    decoded.bodyLength !== byteLength ||
    nodes.length !== countNodes(columns) ||
    columns.some(({ length }) => length !== rows)
  )
    throw new Error(`apache-arrow did not encode a batch of ${rows} rows and ${columns.length} columns as given`);
  return encapsulate(metadata, buffers as Uint8Array[], byteLength);
}

function countNodes(columns: readonly Data[]): number {
  return columns.reduce((count, { children }) => count + 1 + countNodes(children), 0);
}

const padded = (length: number) => (length + 7) & ~7;

/** Copies all into one buffer: the column arrays are free at once, and one write takes it to the disk. */
function encapsulate(metadata: Uint8Array, buffers: readonly ArrayBufferView[], bodyLength: number): EncodedMessage {
  const metadataLength = padded(prefixLength + metadata.byteLength);
  const bytes = Buffer.allocUnsafe(metadataLength + bodyLength);
  bytes.writeInt32LE(-1, 0);
  bytes.writeInt32LE(metadataLength - prefixLength, 4);
  bytes.set(metadata, prefixLength);
  bytes.fill(0, prefixLength + metadata.byteLength, metadataLength);
  let position = metadataLength;
  for (const { buffer, byteOffset, byteLength } of buffers) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), position);
    const end = position + byteLength;
    position += padded(byteLength);
    bytes.fill(0, end, position);
  }
  if (position !== bytes.length) throw new Error(`apache-arrow announced a body of ${bodyLength} bytes, not so`);
  return { bytes, metadataLength, bodyLength };
}
