import { MalformedFileError } from './malformedFileError.ts';

/** A file in a ZIP archive, its bytes as they are stored. */
export interface ZipEntry {
  readonly name: string;
  /** Where `stored` begins in the archive. */
  readonly offset: number;
  readonly stored: Uint8Array;
  readonly compressed: boolean;
  /** Size and CRC-32 of the file itself. */
  readonly size: number;
  readonly crc: number;
}

/** What deflate can make of a byte at most. */
const largestRatio = 1032;

/**
 * The files of a ZIP archive, by its central directory: stored or deflated, not encrypted, one archive in one file,
 * no file of 4 GiB or more. Nothing is decompressed here; `size` is one that the stored bytes could have.
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.7 to 4.3.16.
 * @param file named in errors.
 * @throws {MalformedFileError}
 */
export function zipEntries(bytes: Uint8Array, file: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(bytes, view, file);
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (view.getUint16(end + 8, true) !== count || directory + view.getUint32(end + 12, true) !== end) {
    throw new MalformedFileError(file, end, 'expected a central directory that ends where this record begins');
  }
  const found: ZipEntry[] = [];
  let at = directory;
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      throw new MalformedFileError(file, at, `expected entry ${index + 1} of the ${count} of the central directory`);
    }
    const next =
      at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw new MalformedFileError(file, at, 'expected an entry that ends within the central directory');
    found.push(entryAt(bytes, view, at, directory, file));
    at = next;
  }
  if (at !== end) throw new MalformedFileError(file, at, `expected the end of the central directory at byte ${end}`);
  return found;
}

/** The end record stands last, but for a comment of known length. */
function endOfDirectory(bytes: Uint8Array, view: DataView, file: string): number {
  const first = Math.max(0, bytes.length - 22 - 0xffff);
  for (let at = bytes.length - 22; at >= first; at--) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === bytes.length) return at;
  }
  throw new MalformedFileError(file, bytes.length, 'expected a ZIP archive, with its end record');
}

function entryAt(bytes: Uint8Array, view: DataView, at: number, directory: number, file: string): ZipEntry {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
  const fail = (problem: string) => new MalformedFileError(file, at, `${JSON.stringify(name)}: ${problem}`);
  const method = view.getUint16(at + 10, true);
  const stored = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const local = view.getUint32(at + 42, true);
  if (view.getUint16(at + 8, true) & 1) throw fail('expected a file that is not encrypted');
  if (method !== 0 && method !== 8) throw fail(`expected it stored or deflated, found compression method ${method}`);
  if (stored === 0xffffffff || size === 0xffffffff || local === 0xffffffff) throw fail('expected less than 4 GiB');
  if (local + 30 > directory || view.getUint32(local, true) !== 0x04034b50) {
    throw fail(`expected its header at byte ${local}`);
  }
  const offset = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (offset + stored > directory) throw fail(`expected its ${stored} bytes before the central directory`);
  if (method === 0 ? size !== stored : size > largestRatio * stored) {
    throw fail(`expected a size that ${stored} stored bytes can have, found ${size}`);
  }
  return {
    name,
    offset,
    stored: bytes.subarray(offset, offset + stored),
    compressed: method === 8,
    size,
    crc: view.getUint32(at + 16, true),
  };
}
