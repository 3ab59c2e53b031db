import { createHash } from 'node:crypto';
import type { Saved } from '../memory.ts';
import type { Json } from '../run.ts';
import { type Checkpoint, checkpointFormat } from '../training/checkpoint.ts';
import { joined, parted } from './plainData.ts';
import { bytesOf, headerEntry, type NumberArray, placed, placesIn, type TensorPlace, tensorOf } from './safetensors.ts';

/** What every header begins with: the checksum of the header, with zeros for its own digits, comes next. */
const prefix = '{"__metadata__":{"onager.sha256":"';
const digits = 64;
/** Bytes before the header: its length. */
const lengthBytes = 8;
/** A longer header than any reader of the format takes. */
const headerLimit = 100_000_000;

/**
 * A checkpoint as a safetensors file, in parts to be written one after the other: tensors as tensors, everything else as
 * JSON in the header's metadata. Checksums cover every byte: the header's is in the header, those of the tensors in
 * its metadata.
 * @throws {RangeError} when the header is longer than readers of the format take.
 */
export function checkpointBytes(checkpoint: Checkpoint): Uint8Array[] {
  const { json, tensors } = parted(checkpoint as unknown as Saved);
  const places = placed(tensors);
  const parts = Array.from(places.keys(), (name) => bytesOf(tensors.get(name)!));
  const checksums = Object.fromEntries(Array.from(places.keys(), (name, index) => [name, checksum(parts[index]!)]));
  const metadata = {
    'onager.sha256': '0'.repeat(digits),
    'onager.format': String(checkpointFormat),
    'onager.checkpoint': JSON.stringify(json),
    'onager.checksums': JSON.stringify(checksums),
  };
  const entries = Array.from(places, ([name, place]) => [name, headerEntry(place)]);
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const length = (Buffer.byteLength(text) + 7) & ~7;
  if (length > headerLimit)
    throw new RangeError(
      `the checkpoint of step ${checkpoint.step} has ${length} bytes beside its tensors: expected at most ${headerLimit}; large memories belong in typed arrays`,
    );
  const header = Buffer.alloc(lengthBytes + length, ' ');
  header.writeBigUInt64LE(BigInt(length), 0);
  header.write(text, lengthBytes);
  header.write(checksum(header), lengthBytes + prefix.length);
  return [header, ...parts];
}

/**
 * The checkpoint of a file.
 * @throws {Error} that says what is wrong with it, and where.
 */
export function checkpointOf(file: Uint8Array): Checkpoint {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const { header, dataBegin } = readHeader(bytes);
  const metadata = header.__metadata__ as { readonly [key: string]: string };
  const places = placesIn(header);
  const dataLength = [...places.values()].at(-1)?.end ?? 0;
  const expected = dataBegin + dataLength;
  if (bytes.length < expected) throw new Error(`it is cut off: ${bytes.length} of ${expected} bytes are there`);
  if (bytes.length > expected)
    throw new Error(`it has ${bytes.length - expected} bytes more than it should, after byte ${expected}`);
  const checksums = JSON.parse(metadata['onager.checksums']!) as { readonly [name: string]: string };
  const tensors = new Map<string, NumberArray>();
  for (const [name, place] of places) tensors.set(name, readTensor(bytes, dataBegin, name, place, checksums[name]));
  return joined({ json: JSON.parse(metadata['onager.checkpoint']!) as Json, tensors }) as unknown as Checkpoint;
}

function readHeader(bytes: Buffer): { readonly header: { readonly [name: string]: unknown }; dataBegin: number } {
  if (bytes.length < lengthBytes) throw new Error(`it is cut off: it has ${bytes.length} bytes`);
  const announced = bytes.readBigUInt64LE(0);
  const there = bytes.length - lengthBytes;
  if (announced > BigInt(there))
    throw new Error(
      `it is cut off, or damaged in bytes 0 to 8: its header has ${announced} bytes, and ${there} are there`,
    );
  const end = lengthBytes + Number(announced);
  const header = Buffer.from(bytes.subarray(0, end));
  if (header.toString('latin1', lengthBytes, lengthBytes + prefix.length) !== prefix)
    throw new Error(`no checkpoint of Onager, or damaged in bytes 0 to ${lengthBytes + prefix.length}`);
  const at = lengthBytes + prefix.length;
  const told = header.toString('latin1', at, at + digits);
  header.fill('0', at, Math.min(at + digits, end));
  if (checksum(header) !== told) throw new Error(`damaged in its header, bytes 0 to ${end}: the checksum is another`);
  const parsed = JSON.parse(header.toString('utf8', lengthBytes)) as { __metadata__: { [key: string]: string } };
  const format = parsed.__metadata__['onager.format'];
  if (format !== String(checkpointFormat))
    throw new Error(`it is of format ${format}: expected format ${checkpointFormat}`);
  return { header: parsed, dataBegin: end };
}

function readTensor(
  bytes: Buffer,
  dataBegin: number,
  name: string,
  place: TensorPlace,
  told: string | undefined,
): NumberArray {
  const [begin, end] = [dataBegin + place.begin, dataBegin + place.end];
  const part = bytes.subarray(begin, end);
  if (checksum(part) !== told)
    throw new Error(`damaged in the tensor ${name}, bytes ${begin} to ${end}: the checksum is another`);
  return tensorOf(part, place);
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
