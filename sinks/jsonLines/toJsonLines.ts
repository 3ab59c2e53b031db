import type { Writable } from 'node:stream';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../../src/step.ts';
import { type Existing, Place } from '../arrow/place.ts';
import { Output } from '../output.ts';
import { sink } from '../sink.ts';
import { keepEarlierLines } from './earlierLines.ts';
import { JsonLinesWriter, type LinesTarget } from './jsonLinesWriter.ts';

export interface JsonLinesOptions {
  /** Whether the first line describes the run and its columns, under the key `onager`. Default true. */
  readonly header?: boolean;
  /**
   * A file that is at the path already: `replace` it with the first row, fail at subscription with an `error`, or
   * `append` to it: its rows from the step of the first new row on are dropped, as is a last line that was cut short, and
   * the columns must be those of its header. Default: `append` for a run that is resumed from a checkpoint, else
   * `replace`. A stream is gone on with as it is.
   */
  readonly existing?: Existing;
}

/**
 * Writes each row as one line of JSON to a file or a stream, and passes it on.
 *
 * ```
 * {"onager":{"format":"1","run":"first","metadata":{"seed":0},"columns":[{"name":"step","type":"int32",…},…]}}
 * {"step":0,"loss":1.5,"spikes":{"open":false,"level":null,"ratio":null,"threshold":1.3,"event":null}}
 * {"step":1,"loss":"NaN","spikes":{…}}
 * ```
 *
 * @example
 * train(spec).pipe(spikes(), toJsonLines(process.stdout)).subscribe();
 *
 * Groups are objects, what was not computed is null, and in number columns NaN and the infinities are the strings
 * `"NaN"`, `"Infinity"`, `"-Infinity"`, as on the WebSocket. Lines are written in bundles of 64 kB, at least four times
 * a second. A file is begun with the first row, and synced at the end and with each checkpoint; directories are
 * made. A stream stays open. A row is held while the disk or the stream cannot keep up.
 *
 * Errors of the stream: {@link CannotWriteError}, at subscription for a path that cannot be written to, later for a
 * full disk or a reader who has gone; {@link RowMismatchError} for a row that does not fit its columns.
 *
 * @param target path of a file, or a stream such as `process.stdout`
 * @throws {RangeError} for a path that is none.
 */
export function toJsonLines<R extends Row>(
  target: string | Writable,
  { header = true, existing }: JsonLinesOptions = {},
): MonoTypeOperatorFunction<R> {
  if (typeof target === 'string' && (target === '' || target.includes('\0')))
    throw new RangeError(`toJsonLines(${JSON.stringify(target)}): expected the path of a file, or a stream`);
  if (existing !== undefined && !['replace', 'error', 'append'].includes(existing))
    throw new RangeError(`toJsonLines existing '${existing}': expected 'replace', 'error' or 'append'`);
  return sink<R>(() => {
    const lines = typeof target === 'string' ? fileTarget(new Place(target, existing)) : streamTarget(target);
    return new JsonLinesWriter(lines, header);
  });
}

function streamTarget(stream: Writable): LinesTarget {
  const name = nameOf(stream);
  return { name, open: () => ({ output: Output.ofStream(stream, name), begun: false, rows: 0 }) };
}

function fileTarget(place: Place): LinesTarget {
  return {
    name: place.given,
    open(run, first, header, saved) {
      const appends = place.existing === 'append' || (place.existing === undefined && run.resumedAt !== undefined);
      const rows = appends ? keepEarlierLines(place, run, header, first.step, saved) : undefined;
      if (rows === undefined) return { output: Output.ofFile(place), begun: false, rows: 0 };
      return { output: Output.ofFile(place, 'append'), begun: true, rows };
    },
  };
}

function nameOf(stream: Writable): string {
  if (stream === process.stdout) return 'standard output';
  return stream === process.stderr ? 'standard error' : 'the stream';
}
