import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { MalformedFileError } from '../tasks/malformedFileError.ts';
import { type NumericArray, parseNpy } from '../tasks/npy.ts';
import { type ZipEntry, zipEntries } from '../tasks/zip.ts';
import { readBytes } from './readBytes.ts';

/**
 * The array of an NPY file, plain or gzipped.
 * @throws {Error} in one line naming the file: not readable, or not NPY.
 */
export async function readNpy(file: string): Promise<NumericArray> {
  return parseNpy(await readBytes(file, 'an NPY file'), file);
}

/**
 * The arrays of an NPZ file by name, as `numpy.savez` and `numpy.savez_compressed` write it.
 * @throws {Error} in one line naming the file, and the array in it: not readable, or not NPZ.
 */
export async function readNpz(file: string): Promise<ReadonlyMap<string, NumericArray>> {
  const arrays = new Map<string, NumericArray>();
  for (const entry of zipEntries(await readBytes(file, 'an NPZ file'), file)) {
    if (!entry.name.endsWith('.npy')) {
      throw new MalformedFileError(file, entry.offset, `expected arrays only, found ${JSON.stringify(entry.name)}`);
    }
    const bytes = await contentOf(entry, file);
    arrays.set(entry.name.slice(0, -4), parseNpy(bytes, `${file}/${entry.name}`));
  }
  return arrays;
}

async function contentOf(entry: ZipEntry, file: string): Promise<Uint8Array> {
  const fail = (problem: string) =>
    new MalformedFileError(file, entry.offset, `expected ${JSON.stringify(entry.name)} ${problem}`);
  let bytes = entry.stored;
  if (entry.compressed) {
    try {
      bytes = await promisify(inflateRaw)(entry.stored, { maxOutputLength: Math.max(1, entry.size) });
    } catch (error) {
      throw fail(`to be deflated (${(error as Error).message})`);
    }
  }
  if (bytes.length !== entry.size) throw fail(`to have ${entry.size} bytes, found ${bytes.length}`);
  if (crc32(bytes) !== entry.crc) throw fail('to have the checksum that the archive gives');
  return bytes;
}
