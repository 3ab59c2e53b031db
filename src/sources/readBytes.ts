import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/**
 * The bytes of a file, unzipped where it is gzipped.
 * @param expected what the file should be, for errors: `an IDX file`.
 * @throws {Error} in one line naming the file and why it cannot be read.
 */
export async function readBytes(file: string, expected: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory' : (error as Error).message;
    throw new Error(`${file}: cannot be read (${reason}): expected ${expected}`, { cause: error });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return plain(bytes);
  try {
    return plain(await promisify(gunzip)(bytes));
  } catch (error) {
    throw new Error(
      `${file}: cannot be unzipped (${(error as Error).message}): expected ${expected.replace(/^an? /, 'a gzipped ')}`,
      { cause: error },
    );
  }
}

/** Not a Buffer, whose `slice` shares memory where that of a Uint8Array copies. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
