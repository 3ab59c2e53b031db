import type { Writable } from 'node:stream';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../../src/step.ts';
import { Place } from '../arrow/place.ts';
import { Output } from '../output.ts';
import { sink } from '../sink.ts';
import { JsonLinesWriter } from './jsonLinesWriter.ts';

export interface JsonLinesOptions {
  /** Whether the first line describes the run and its columns, under the key `onager`. Default true. */
  readonly header?: boolean;
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
 * a second. A file is begun with the first row, in place of one that was there, and synced at the end; directories are
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
  { header = true }: JsonLinesOptions = {},
): MonoTypeOperatorFunction<R> {
  if (typeof target === 'string' && (target === '' || target.includes('\0')))
    throw new RangeError(`toJsonLines(${JSON.stringify(target)}): expected the path of a file, or a stream`);
  return sink<R>(() => {
    if (typeof target !== 'string') return new JsonLinesWriter(() => Output.ofStream(target, nameOf(target)), header);
    const place = new Place(target, 'replace');
    return new JsonLinesWriter(() => Output.ofFile(place), header);
  });
}

function nameOf(stream: Writable): string {
  if (stream === process.stdout) return 'standard output';
  return stream === process.stderr ? 'standard error' : 'the stream';
}
