import crc32c from 'crc-32/crc32c.js';

/**
 * The record format of TensorFlow: length of the data (8 bytes, little-endian), the masked CRC-32C of those bytes, the
 * data, and its masked CRC-32C. Source: tensorflow/core/lib/io/record_writer.h.
 */
const headerLength = 12;
const footerLength = 4;

/** A record as it stands in a file. */
export function framed(data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerLength + data.length + footerLength);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedChecksum(frame.subarray(0, 8)), true);
  frame.set(data, headerLength);
  view.setUint32(headerLength + data.length, maskedChecksum(data), true);
  return frame;
}

/** What the bytes of a file hold: a record, one that is passed over, or the point from which nothing can be read. */
export type Frame =
  | { readonly kind: 'record'; readonly data: Uint8Array; readonly position: number }
  | { readonly kind: 'damaged' | 'large'; readonly position: number; readonly length: number }
  | { readonly kind: 'lost'; readonly position: number };

/** Data of more bytes than this, a picture or a graph, is passed over without being kept. */
const largestRecord = 1 << 24;

/**
 * Takes the records out of bytes that come in pieces of any size. A record whose data does not have its checksum is
 * passed over. Where the length does not have its own, the next record cannot be found: the frames end there.
 */
export class FrameReader {
  #waiting: Uint8Array = new Uint8Array(0);
  /** Bytes still to come of a record that is passed over. */
  #skipping = 0;
  #position = 0;
  #lost = false;

  /** Place in the file after the last record that was taken out. */
  get position(): number {
    return this.#position;
  }

  /** Whether there is more than whole records: the beginning of another, which a writer may still complete. */
  get partial(): boolean {
    return !this.#lost && (this.#waiting.length > 0 || this.#skipping > 0);
  }

  push(bytes: Uint8Array): Frame[] {
    if (this.#lost) return [];
    const frames: Frame[] = [];
    let left = this.#joined(bytes);
    for (;;) {
      const skipped = Math.min(this.#skipping, left.length);
      this.#skipping -= skipped;
      left = left.subarray(skipped);
      if (this.#skipping > 0 || left.length < headerLength) break;
      const length = lengthOf(left);
      if (length === undefined) {
        this.#lost = true;
        frames.push({ kind: 'lost', position: this.#position });
        break;
      }
      const whole = headerLength + length + footerLength;
      if (length > largestRecord) {
        frames.push({ kind: 'large', position: this.#position, length });
        this.#position += whole;
        this.#skipping = whole;
        continue;
      }
      if (left.length < whole) break;
      frames.push(this.#frame(left, length));
      this.#position += whole;
      left = left.subarray(whole);
    }
    // A copy, as the caller may use its buffer again; the `slice` of a Node buffer is none.
    this.#waiting = new Uint8Array(this.#lost ? [] : left);
    return frames;
  }

  #joined(bytes: Uint8Array): Uint8Array {
    if (this.#waiting.length === 0) return bytes;
    const joined = new Uint8Array(this.#waiting.length + bytes.length);
    joined.set(this.#waiting);
    joined.set(bytes, this.#waiting.length);
    return joined;
  }

  #frame(bytes: Uint8Array, length: number): Frame {
    const position = this.#position;
    const data = new Uint8Array(bytes.subarray(headerLength, headerLength + length));
    const checksum = viewOf(bytes).getUint32(headerLength + length, true);
    return checksum === maskedChecksum(data)
      ? { kind: 'record', data, position }
      : { kind: 'damaged', position, length };
  }
}

/** Undefined where the length does not have its checksum, or is none that a file can have. */
function lengthOf(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  if (view.getUint32(8, true) !== maskedChecksum(bytes.subarray(0, 8))) return undefined;
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  return Number.isSafeInteger(length) ? length : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Rotated and offset, so that a checksum of data that contains checksums stays a good one. */
function maskedChecksum(data: Uint8Array): number {
  const checksum = crc32c.buf(data);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
