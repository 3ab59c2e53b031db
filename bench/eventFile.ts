import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import crc32c from 'crc-32/crc32c.js';

/** Event files with nothing but the libraries that know the bytes: a float32 a tag, one event a step. */

export function writeEvent(step: number, values: readonly (readonly [string, number])[]): Buffer {
  const writer = new BinaryWriter().tag(1, WireType.Bit64).double(step / 1000);
  writer.tag(2, WireType.Varint).int64(step).tag(5, WireType.LengthDelimited).fork();
  for (const [tag, value] of values) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(tag).tag(2, WireType.Bit32).float(Math.fround(value)).join();
  }
  const data = writer.join().finish();
  const record = Buffer.alloc(16 + data.length);
  record.writeUInt32LE(data.length, 0);
  record.writeUInt32LE(masked(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(data), 12 + data.length);
  return record;
}

/** The values of all events, by tag. */
export function* readEvents(bytes: Buffer): Generator<Record<string, number>> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (bytes.readUInt32LE(at + 12 + length) !== masked(data)) throw new Error(`damaged at byte ${at}`);
    yield valuesOf(new BinaryReader(data), {});
    at += 16 + length;
  }
}

function valuesOf(reader: BinaryReader, row: Record<string, number>, end = reader.len): Record<string, number> {
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === 2 && wire === WireType.Varint) row.step = Number(reader.int64());
    else if (field === 5) {
      const summaryEnd = reader.uint32() + reader.pos;
      while (reader.pos < summaryEnd) {
        reader.tag();
        const valueEnd = reader.uint32() + reader.pos;
        let tag = '';
        while (reader.pos < valueEnd) {
          const [part, kind] = reader.tag();
          if (part === 1) tag = reader.string();
          else if (part === 2) row[tag] = reader.float();
          else reader.skip(kind, part);
        }
      }
    } else reader.skip(wire, field);
  }
  return row;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
