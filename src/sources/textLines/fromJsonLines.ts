import type { Readable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { LossRow, Row } from '../../step.ts';
import { type FromTextLinesOptions, fromTextLines } from './fromTextLines.ts';

export type FromJsonLinesOptions = Omit<FromTextLinesOptions, 'format' | 'pattern'>;

/**
 * The rows of JSON Lines: those that {@link toJsonLines} wrote come back as they were, with the run and its columns;
 * of others, see {@link fromTextLines}, fields are found by name.
 *
 * @example
 * fromJsonLines('run.jsonl').pipe(spikes()).subscribe();
 * fromJsonLines(process.stdin).pipe(spikes()).subscribe();
 *
 * Completes at the end of the file unless it is told to `follow`.
 *
 * @param input path of a file or a pipe, or a stream
 * @typeParam R what the rows are known to have; it is not checked
 */
export function fromJsonLines<R extends Row = LossRow>(
  input: string | Readable,
  options: FromJsonLinesOptions = {},
): Observable<R> {
  return fromTextLines<R>(input, { follow: false, ...options, format: 'json' });
}
