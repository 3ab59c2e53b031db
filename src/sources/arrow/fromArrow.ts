import type { Observable } from 'rxjs';
import type { LossRow, Row } from '../../step.ts';
import { paced } from '../pace.ts';
import { rowSource } from '../rowSource.ts';
import { type ReadingOptions, RecordedBatches } from './recordedBatches.ts';

export interface FromArrowOptions {
  /** Times real time, by the column `seconds`. Default: as fast as it can. */
  readonly speed?: number | undefined;
  /** Columns and groups to leave out: those that operators behind this source are to compute anew. */
  readonly without?: readonly string[] | undefined;
  /**
   * Whether to wait at the end of a run that is being written, or has not begun, until it is over. Default false: what
   * is there is read. A run whose program was killed is not over; it goes on when it is resumed.
   */
  readonly follow?: boolean | undefined;
  /** Milliseconds between two looks at a run that is followed. Default 200. */
  readonly poll?: number | undefined;
}

/**
 * Replays a run that {@link toArrow} recorded, in a file or a run folder: finished, still growing, or killed. The rows have the columns, units,
 * meanings, name and metadata of the run as it was; groups are objects, and null is null. The events of a run
 * folder are in the rows that they came with, as they were.
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
 * its end is reached; with `follow` the rest is waited for, also of a run that is finished, or killed and resumed,
 * meanwhile: no row comes twice. Only whole batches are ever seen. Errors of the stream, in a line that names the file: it cannot be read, is not one
 * that {@link toArrow} wrote, or is damaged or cut off (a batch that was just being written is none of these).
 *
 * @typeParam R what the rows are known to have; it is not checked
 * @throws {RangeError} for an option out of range.
 */
export function fromArrow<R extends Row = LossRow>(path: string, options: FromArrowOptions = {}): Observable<R> {
  const { speed, without = [], follow = false, poll = 200 } = options;
  if (speed !== undefined && !(speed > 0 && speed < Number.POSITIVE_INFINITY))
    throw new RangeError(`fromArrow speed ${speed}: expected a number above 0`);
  if (without.includes('step')) throw new RangeError("fromArrow without 'step': expected other columns, rows need it");
  if (!(poll >= 1)) throw new RangeError(`fromArrow poll ${poll}: expected milliseconds, at least 1`);
  return rowSource<R>(`cannot replay '${path}'`, (signal) => replay<R>(path, speed, { without, follow, poll, signal }));
}

async function* replay<R extends Row>(
  path: string,
  speed: number | undefined,
  options: ReadingOptions,
): AsyncGenerator<Iterable<R>> {
  const batches = await RecordedBatches.open(path, options);
  if (batches === undefined) return;
  try {
    if (speed !== undefined && !batches.has('seconds'))
      throw new Error("it has no column 'seconds' to take the speed from: expected one, or no speed");
    const rows = batches.rows() as AsyncGenerator<Iterable<R>>;
    yield* speed === undefined ? rows : paced(rows, speed, options.signal);
  } finally {
    batches.close();
  }
}
