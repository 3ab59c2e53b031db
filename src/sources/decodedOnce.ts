import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { LabelledImages } from '../tasks/labelledImages.ts';
import { readIdxPair } from './idxFiles.ts';

/**
 * Grey images that are slow to decode, kept as a pair of IDX files for the next thread or run that wants them. The pair
 * is named by the paths, sizes and times of the files it was decoded from, so that other files are decoded anew. A pair
 * that is damaged, or a folder that cannot be written to, costs the decoding and nothing else.
 * @param folder where the pairs are kept
 * @param files what the images are decoded from
 * @throws {Error} what `decode` throws, or that a file is not there
 */
export async function decodedOnce(
  folder: string,
  files: readonly string[],
  decode: () => Promise<LabelledImages>,
): Promise<LabelledImages> {
  const name = await nameOf(files);
  if (name === null) return decode();
  const pair = [`${name}-images`, `${name}-labels`].map((part) => join(folder, part)) as [string, string];
  try {
    return await readIdxPair(...pair);
  } catch {
    // Not there yet, or not whole.
  }
  const images = await decode();
  const { count, height, width, pixels, labels } = images;
  try {
    await mkdir(folder, { recursive: true });
    await written(pair[0], idx([count, height, width], pixels));
    await written(pair[1], idx([count], labels));
  } catch {
    // The images are there all the same.
  }
  return images;
}

/** Null where a file is missing: decoding says which. */
async function nameOf(files: readonly string[]): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for (const file of files) {
      const { size, mtimeMs } = await stat(file);
      hash.update(`${file}\n${size} ${mtimeMs}\n`);
    }
  } catch {
    return null;
  }
  return hash.digest('hex').slice(0, 16);
}

/** Under its name only when whole: other threads look for it. */
async function written(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}-${threadId}`;
  try {
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Unsigned bytes as an IDX file, see {@link parseIdx}. */
function idx(shape: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, 0x0800 + shape.length);
  shape.forEach((length, axis) => {
    head.setUint32(4 + 4 * axis, length);
  });
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}
