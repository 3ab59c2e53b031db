import { createHash } from 'node:crypto';
import {
  Field,
  Float64,
  Int32,
  Message,
  type MessageHeader,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { checkpointBytes, checkpointOf } from '../../src/checkpoints/checkpointBytes.ts';
import { disk } from '../../src/formats/arrow/disk.ts';
import { prefixLength } from '../../src/formats/arrow/message.ts';
import { scanNow } from '../../src/formats/arrow/scan.ts';
import { runOfHeader } from '../../src/formats/jsonLines/header.ts';
import { decodeEvent, encodeEvent } from '../../src/formats/tensorBoard/event.ts';
import { FrameReader, framed } from '../../src/formats/tensorBoard/recordFrame.ts';
import { BatchLayout } from '../../src/sources/arrow/slotReader.ts';
import { LineSplitter } from '../../src/sources/textLines/lineSplitter.ts';
import { parseCifar } from '../../src/tasks/cifar.ts';
import { parseIdx } from '../../src/tasks/idx.ts';
import { MalformedFileError } from '../../src/tasks/malformedFileError.ts';
import { parseNpy } from '../../src/tasks/npy.ts';
import { zipEntries } from '../../src/tasks/zip.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { hostileBytes, hostileText, type Law, law } from '../hostileInputs.ts';
import { idxBytes } from '../tasks/idxBytes.ts';
import { npyBytes } from '../tasks/npyBytes.ts';
import { zipBytes } from '../tasks/zipBytes.ts';

/** That a decoder reads the bytes or says what is wrong with the file, in one line with its name, and does no third thing. */
function readsOrRefuses(right: Uint8Array, read: (bytes: Uint8Array) => void): Law {
  return law(
    (chance) => hostileBytes(Uint8Array.from(right), chance),
    (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        if (!(error instanceof MalformedFileError)) throw error;
        return error.message.startsWith('a file') && !error.message.includes('\n');
      }
      return true;
    },
  );
}

/** Likewise where any error in words will do; what the language itself throws is not one. */
function endsInWords(read: () => void): boolean {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) throw error;
  }
  return true;
}

const arrowStream = (() => {
  const columns = [
    new Field('step', new Int32(), false),
    new Field('loss', new Float64(), true),
    new Field('note', new Utf8(), true),
  ];
  const text = Buffer.from('onetwo');
  const children = [
    makeData({ type: new Int32(), data: Int32Array.of(0, 1, 2) }),
    makeData({ type: new Float64(), data: Float64Array.of(1, 0, 2), nullBitmap: Uint8Array.of(5), nullCount: 1 }),
    makeData({ type: new Utf8(), valueOffsets: Int32Array.of(0, 3, 3, 6), data: text }),
  ];
  const writer = new RecordBatchStreamWriter();
  writer.write(new RecordBatch(new Schema(columns), makeData({ type: new Struct(columns), length: 3, children })));
  return writer.finish().toUint8Array(true);
})();

/** Every value that is whole in a stream of bytes, as a replay reads it. @returns how many rows there were */
function readArrow(bytes: Uint8Array): number {
  const memory = {
    ...disk,
    readNow(_: number, into: Uint8Array, position: number) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
  const { blocks, schema } = scanNow(0, bytes.length, memory);
  let rows = 0;
  for (const { position, metadataLength, bodyLength } of blocks) {
    const metadata = bytes.subarray(position + prefixLength, position + metadataLength);
    const body = Uint8Array.from(bytes.subarray(position + metadataLength, position + metadataLength + bodyLength));
    const batch = (Message.decode(metadata) as Message<MessageHeader.RecordBatch>).header();
    const layout = new BatchLayout(batch, body.buffer);
    const readers = schema.fields.map((field) => layout.next(field));
    for (let index = 0; index < batch.length; index++) for (const read of readers) read(index);
    rows += batch.length;
  }
  return rows;
}

/** A checkpoint file; what it says of the run does not matter here. */
const checkpoint = Buffer.concat(
  checkpointBytes({
    step: 3,
    weights: { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
    memories: { spikes: { mean: Float64Array.of(1, Number.NaN), open: null } },
  } as unknown as Checkpoint),
);
const headerLength = 8 + Number(checkpoint.readBigUInt64LE(0));
const digits = { begin: 8 + '{"__metadata__":{"onager.sha256":"'.length, length: 64 };

/** The checksum made right again after its header was damaged, so that what stands behind the checksum is reached. */
function sealed(bytes: Buffer): Buffer {
  if (bytes.length < headerLength) return bytes;
  const header = bytes.subarray(0, headerLength);
  header.fill('0', digits.begin, digits.begin + digits.length);
  header.write(createHash('sha256').update(header).digest('hex'), digits.begin);
  return bytes;
}

const headerText = JSON.stringify({
  onager: {
    format: '1',
    run: 'a',
    metadata: { seed: 1 },
    columns: [{ name: 'loss', type: 'float64', unit: '', meaning: '' }],
  },
});

const whole = Buffer.concat([
  framed(encodeEvent({ wallTime: 1, step: 2, scalars: [['loss', 3]], texts: [['a', 'b']] })),
  framed(encodeEvent({ wallTime: 2, step: 3, scalars: [['loss', 4]], texts: [] })),
]);

/** Searches for bytes that a decoder neither reads nor refuses, among as many as one likes. */
export const decoderLaws: Readonly<Record<string, Law>> = {
  IDX: readsOrRefuses(idxBytes([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), (bytes) => parseIdx(bytes, 3, 'a file')),
  NPY: readsOrRefuses(npyBytes('<f8', [2], new Uint8Array(16)), (bytes) => parseNpy(bytes, 'a file')),
  'the directory of NPZ': readsOrRefuses(zipBytes({ 'a.npy': Uint8Array.of(1, 2) }), (bytes) =>
    zipEntries(bytes, 'a file'),
  ),
  CIFAR: readsOrRefuses(new Uint8Array(3073).fill(3), (bytes) => parseCifar(bytes, 'cifar10', 'a file')),
  'Arrow streams': law(
    (chance) => hostileBytes(Uint8Array.from(arrowStream), chance),
    (bytes) => endsInWords(() => readArrow(bytes)),
  ),
  'damaged checkpoints': law(
    (chance) => Buffer.from(hostileBytes(Uint8Array.from(checkpoint), chance)),
    (bytes) => bytes.equals(checkpoint) || endsInWords(() => checkpointOf(bytes)),
  ),
  'forged checkpoints': law(
    (chance) => sealed(Buffer.from(hostileBytes(Uint8Array.from(checkpoint), chance))),
    (bytes) => {
      try {
        checkpointOf(bytes);
      } catch (error) {
        // Whoever forges a checksum may be answered in the words of the language.
        return error instanceof Error;
      }
      return true;
    },
  ),
  'headers of JSON lines': law(
    (chance) => hostileText([headerText], chance),
    (text) =>
      endsInWords(() => {
        const line: unknown = JSON.parse(text);
        if (typeof line === 'object' && line !== null) runOfHeader(line as { readonly [key: string]: unknown });
      }),
  ),
  'lines of bytes, however they are cut': law(
    (chance) => {
      const bytes = Uint8Array.from({ length: chance.below(24) }, () =>
        chance.of([10, 13, 65, 0xc3, 0xa4, 0xef, 0xbb]),
      );
      return { bytes, at: chance.below(bytes.length + 1) };
    },
    ({ bytes, at }) => {
      const linesOf = (...chunks: Uint8Array[]) => {
        const splitter = new LineSplitter();
        const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
        return [...lines, splitter.end()].join('|');
      };
      return linesOf(bytes) === linesOf(bytes.subarray(0, at), bytes.subarray(at));
    },
  ),
};

/** Of TensorBoard's files: their hundred thousand inputs in the normal suite are those of `test/formats`. */
export const eventLaws: Readonly<Record<string, Law>> = {
  'TensorBoard records': law(
    (chance) => hostileBytes(Uint8Array.from(whole), chance),
    (bytes) => {
      for (const frame of new FrameReader().push(bytes)) {
        if (frame.kind === 'record' && !whole.includes(Buffer.from(frame.data))) return false;
      }
      return true;
    },
  ),
  'TensorBoard events': law(
    (chance) => hostileBytes(Uint8Array.from(whole.subarray(12)), chance),
    (bytes) => endsInWords(() => decodeEvent(bytes)),
  ),
};
