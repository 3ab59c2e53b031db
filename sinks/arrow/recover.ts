import { closeSync, fstatSync, openSync } from 'node:fs';
import { disk } from '../../src/formats/arrow/disk.ts';
import { magic } from '../../src/formats/arrow/fileParts.ts';
import { type Scan, scan } from '../../src/formats/arrow/scan.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import { finishedBatchRows, finishInto } from './fileFormat.ts';
import { Place } from './place.ts';

export interface Recovery {
  /** The file that now holds the rows in the random-access format. */
  readonly path: string;
  /** Whether anything had to be done: false for a run that was finished. */
  readonly recovered: boolean;
  readonly rows: number;
  readonly batches: number;
  /** Bytes after the last whole batch that could not be used. */
  readonly lostBytes: number;
  /** Rows in these bytes: 0 without any; null when they do not say. Rows that never reached the disk are not counted. */
  readonly lostRows: number | null;
}

/**
 * Makes a finished run out of one that was cut off: every whole batch is kept, what follows the last of them is
 * dropped and counted. The rewritten file replaces the old one in one step, when it is complete.
 *
 * A run that was only killed can be read without this; it is for files cut short by a power failure or a full disk, and
 * for readers that want the footer.
 *
 * @param into where to write instead, leaving the file at `path` as it is
 * @throws {Error} when `path` cannot be read or is no Arrow stream
 * @throws {CannotWriteError} when the result cannot be written
 */
export async function recoverArrow(path: string, into?: string): Promise<Recovery> {
  const fd = openForReading(path);
  try {
    const { size } = fstatSync(fd);
    const found = await scan(fd, size, disk).catch((error: Error) => {
      throw new Error(`cannot recover '${path}': ${error.message}`, { cause: error });
    });
    const finished = found.ended && found.begin > 0 && (await hasFooter(fd, size));
    const lostBytes = found.ended ? 0 : size - found.end;
    if (!finished || into !== undefined) await rewrite(found, into ?? path, into === undefined ? 'replace' : 'error');
    return {
      path: into ?? path,
      recovered: !finished,
      rows: found.rows,
      batches: found.blocks.length,
      lostBytes,
      lostRows: lostBytes === 0 ? 0 : (found.rowsCutOff ?? null),
    };
  } finally {
    closeSync(fd);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new Error(`cannot recover '${path}': ${(error as Error).message}`, { cause: error });
  }
}

async function rewrite(found: Scan, path: string, existing: 'error' | 'replace'): Promise<void> {
  const place = new Place(path, existing);
  try {
    await finishInto(place, found, disk, finishedBatchRows);
  } catch (error) {
    throw error instanceof CannotWriteError ? error : new CannotWriteError(path, error);
  }
}

async function hasFooter(fd: number, size: number): Promise<boolean> {
  const end = new Uint8Array(6);
  await disk.read(fd, end, size - end.length);
  return Buffer.compare(end, magic.subarray(0, end.length)) === 0;
}
