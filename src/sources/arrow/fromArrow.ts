import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Observable } from 'rxjs';
import { disk } from '../../formats/arrow/disk.ts';
import { type Scan, scan } from '../../formats/arrow/scan.ts';
import type { LossRow, Row } from '../../step.ts';
import { paced } from '../pace.ts';
import { rowSource } from '../rowSource.ts';
import { RecordedRun } from './recordedRun.ts';

export interface FromArrowOptions {
  /** Times real time, by the column `seconds`. Default: as fast as it can. */
  readonly speed?: number | undefined;
  /** Columns and groups to leave out: those that operators behind this source are to compute anew. */
  readonly without?: readonly string[] | undefined;
}

/**
 * Replays a run that {@link toArrow} recorded: finished, still growing, or killed. The rows have the columns, units,
 * meanings, name and metadata of the run as it was; groups are objects, and null is null.
 *
 * ```
 * file   [batch][batch][batch, cut off
 * rows   r0-r1---r2-r3-#                  the whole batches first, then the error
 * ```
 *
 * @example
 * fromArrow('runs/first.arrows', { without: ['spikes', 'catapults'] }).pipe(spikes({ ratio: 1.1 }), catapults())
 *
 * One batch is in memory at a time, and none is read while a row is held. A growing file is read up to where it is when
 * its end is reached. Errors of the stream, in a line that names the file: it cannot be read, is not one
 * that {@link toArrow} wrote, or is damaged or cut off (a batch that was just being written is none of these).
 *
 * @typeParam R what the rows are known to have; it is not checked
 * @throws {RangeError} for an option out of range.
 */
export function fromArrow<R extends Row = LossRow>(path: string, options: FromArrowOptions = {}): Observable<R> {
  const { speed, without = [] } = options;
  if (speed !== undefined && !(speed > 0 && speed < Number.POSITIVE_INFINITY))
    throw new RangeError(`fromArrow speed ${speed}: expected a number above 0`);
  if (without.includes('step')) throw new RangeError("fromArrow without 'step': expected other columns, rows need it");
  return rowSource<R>(`cannot replay '${path}'`, (signal) => replay<R>(path, speed, without, signal));
}

async function* replay<R extends Row>(
  path: string,
  speed: number | undefined,
  without: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Iterable<R>> {
  const fd = openSync(path, 'r');
  try {
    let size = fstatSync(fd).size;
    let found = await scan(fd, size, disk);
    const recorded = new RecordedRun(found.schema, without);
    if (speed !== undefined && !recorded.has('seconds'))
      throw new Error("it has no column 'seconds' to take the speed from: expected one, or no speed");
    const whole = batches<R>();
    yield* speed === undefined ? whole : paced(whole, speed, signal);

    async function* batches<T extends Row>(): AsyncGenerator<Iterable<T>> {
      for (let next = 0; !signal.aborted; ) {
        if (next < found.blocks.length) {
          yield (await recorded.rows(found, found.blocks[next++]!)) as Iterable<T>;
          continue;
        }
        const grown = fstatSync(fd).size;
        if (found.ended || grown === size) return await checkEnd(found, size);
        // A file that grows is looked at again, as a length read before and bytes read after may not agree.
        size = grown;
        found = await scan(fd, size, disk);
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** @throws {Error} when something follows the last whole batch that is neither the end nor a batch being written. */
async function checkEnd({ fd, end, ended, rows, rowsCutOff }: Scan, size: number): Promise<void> {
  if (ended || end === size) return;
  const prefix = new Uint8Array(8);
  const read = await disk.read(fd, prefix, end);
  // A batch gets its first eight bytes last; a reader takes zeros for the end.
  if (read === 8 && prefix.every((byte) => byte === 0)) return;
  const lost = rowsCutOff === undefined ? `${size - end} bytes` : `${size - end} bytes, ${rowsCutOff} rows`;
  throw new Error(
    `it is damaged or cut off after ${rows} rows (${lost} cannot be read); onager recover makes it whole`,
  );
}
