import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { disk } from '../../src/formats/arrow/disk.ts';
import { isRunFolder, pathsIn } from '../../src/formats/arrow/runFolder.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { sink } from '../sink.ts';
import { ArrowWriter } from './arrowWriter.ts';
import { finishedBatchRows as usualFinishedBatchRows } from './fileFormat.ts';
import { type Existing, Place } from './place.ts';

export interface ArrowOptions {
  /** Rows in a full batch. Default 1024. */
  readonly batchRows?: number;
  /** Milliseconds after which a batch that is not full is written nevertheless. Default 250. */
  readonly flushEvery?: number;
  /** Milliseconds between two syncs, which is what a power failure may cost; a crash of the program costs less. Default 5000. */
  readonly syncEvery?: number;
  /** Most rows in a batch of the finished file, for which the smaller ones of the stream are joined. Default 65536. */
  readonly finishedBatchRows?: number;
  /** In a run folder: what is asked of the training while it runs, to be recorded among the events. */
  readonly control$?: Observable<ControlMessage>;
  /**
   * A file that is at the path already: `replace` it, with the first row and not before, so that a run that
   * fails to start costs nothing; or fail at subscription with an `error`; or `append` to it, whether it was finished or
   * cut off: its rows from the step of the first new row on are dropped, those before stay, and the columns must be the
   * same. Default: `append` for a run that is resumed from a checkpoint, else `replace`.
   */
  readonly existing?: Existing;
}

/**
 * Writes rows to an Arrow file, or to a folder with two of them, that can be read at every instant, and passes them on.
 *
 * ```
 * rows in    --r0--r1--r2--|
 * file         [stream, growing ] [with footer]
 * rows out   --r0--r1--r2----------------------|
 * ```
 *
 * @example
 * train(spec).pipe(tangentKernel(), spikes(), toArrow('runs/first/')).subscribe();
 * // in Python, also while it runs: pyarrow.ipc.open_stream('runs/first/steps.arrows').read_all()
 *
 * A path that ends in `.arrow`, `.arrows`, `.feather` or `.ipc` is a single file with the events in the rows, null nearly
 * everywhere. Any other is a run folder: `steps.arrows` has the rows without their events, and `events.arrows` a row for
 * each report, with its row and step, kind, state, begin, verdict and evidence, and the whole report as a group of
 * the same name as in a single file. Events are on the disk before the rows that they came with.
 *
 * While the run goes on the file is an Arrow IPC *stream*, a record batch at a time; after `kill -9` every batch written
 * is readable as it is. When the stream ends, by itself, by an error or because nobody listens, the file is rewritten
 * beside and moved in as an Arrow IPC *file*, with a footer for random access (which for that moment takes the room
 * twice). Directories are made. Without any row no columns are known, and nothing is written.
 *
 * Columns are the run's: scalars as Float64, Int32, Bool, Utf8, groups and events as (nullable) Struct, with unit and
 * meaning as field metadata, the run's name and metadata as schema metadata, with those of {@link provenanceOf} for a run
 * that is trained here. NaN is NaN, null is null. A row is held
 * while more than 8 MB wait for the disk.
 *
 * A checkpoint of the run is taken when the rows before it would survive a power failure. To append, the rows that stay
 * are copied into a new file, which takes the path when it is whole: a crash leaves the old one or the new one.
 *
 * Errors of the stream: {@link CannotWriteError}, at subscription for a path that cannot be written to, later for a
 * full disk; {@link RowMismatchError} for a row that does not fit its columns, of which nothing is written.
 *
 * @throws {RangeError} for an option out of range.
 */
export function toArrow<R extends Row>(path: string, options: ArrowOptions = {}): MonoTypeOperatorFunction<R> {
  const { batchRows = 1024, flushEvery = 250, syncEvery = 5000, existing, control$ } = options;
  const { finishedBatchRows = usualFinishedBatchRows } = options;
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw new RangeError(`toArrow(${JSON.stringify(path)}): expected the path of a file or a folder`);
  for (const [name, rows] of Object.entries({ batchRows, finishedBatchRows }))
    if (!Number.isInteger(rows) || rows < 1 || rows > 1 << 24)
      throw new RangeError(`toArrow ${name} ${rows}: expected a whole number of 1 to ${1 << 24}`);
  for (const [name, value] of Object.entries({ flushEvery, syncEvery }))
    if (!(value >= 0)) throw new RangeError(`toArrow ${name} ${value}: expected milliseconds, at least 0`);
  if (existing !== undefined && !['replace', 'error', 'append'].includes(existing))
    throw new RangeError(`toArrow existing '${existing}': expected 'replace', 'error' or 'append'`);
  const pace = { batchRows, flushEvery, syncEvery, finishedBatchRows };
  return sink<R>(() => {
    if (!isRunFolder(path)) return new ArrowWriter(new Place(path, existing), pace, disk);
    const { steps, events } = pathsIn(path);
    return new ArrowWriter(new Place(steps, existing), pace, disk, { place: new Place(events, existing), control$ });
  });
}
