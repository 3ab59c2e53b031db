import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { LossRow, Row } from '../../step.ts';
import { rowSource } from '../rowSource.ts';
import { followFile, type Piece } from './followFile.ts';
import { followState } from './followState.ts';
import { type TextFormat, textFormats } from './formats.ts';
import { Malformed } from './parsedLine.ts';
import type { FieldChoice } from './recordRows.ts';
import { streamLines } from './streamLines.ts';
import type { TextNotice } from './textNotice.ts';
import { TextRows } from './textRows.ts';
import { parseTrainerState } from './trainerState.ts';

export interface FromTextLinesOptions extends FieldChoice {
  /** What the lines are. Default: found out from the first of them. */
  readonly format?: TextFormat | undefined;
  /** A regular expression whose named groups are the fields, for lines of no known format. */
  readonly pattern?: string | RegExp | undefined;
  /** Whether to wait for more at the end of a file (default), or to complete. A stream completes when it ends. */
  readonly follow?: boolean | undefined;
  /** Milliseconds between two looks at a file at its end. Default 200. */
  readonly poll?: number | undefined;
  /** Name of the run. Default: that of the file. */
  readonly name?: string | undefined;
  /**
   * Columns and groups of rows that Onager wrote to leave out: those that operators behind this source compute anew.
   */
  readonly without?: readonly string[] | undefined;
  /** Told what the lines were taken for, which were passed over, and when the file begins anew. */
  readonly onNotice?: ((notice: TextNotice) => void) | undefined;
}

/**
 * The rows of a log that another program writes, as it grows: JSON Lines, CSV, the `trainer_state.json` of Hugging
 * Face, Megatron's and nanoGPT's lines, or lines of a pattern.
 *
 * ```
 * log    step:1/9 train_loss:7.61 ⏎      step:2/9 train_loss:oops ⏎      step:3/9 train_loss:7.40 ⏎
 * rows   r1------------------------------(a notice)-----------------------r3
 * ```
 *
 * @example
 * fromTextLines('train.log').pipe(spikes()).subscribe(({ step, spikes }) => spikes.event && console.log(step));
 *
 * A row has `step`, `loss` and whatever else the first lines have, as columns that can be null. A line that cannot be
 * read is passed over with a notice and never ends the stream. A file is followed through growth, rotation and
 * truncation. Nothing is read while a row is held. Errors of the stream, in a line that names the log: it cannot be
 * read; neither its format nor its loss can be made out.
 *
 * @param input path of a file or a pipe, or a stream such as `process.stdin`
 * @throws {RangeError} for an option out of range.
 */
export function fromTextLines<R extends Row = LossRow>(
  input: string | Readable,
  options: FromTextLinesOptions = {},
): Observable<R> {
  const { format, pattern, poll = 200 } = options;
  if (format !== undefined && !textFormats.includes(format))
    throw new RangeError(`format '${format}': expected ${textFormats.join(', ')}`);
  if (format !== undefined && pattern !== undefined)
    throw new RangeError(`format '${format}' and a pattern: expected one of them`);
  if (!(poll >= 1 && poll < 2 ** 31)) throw new RangeError(`poll ${poll}: expected milliseconds, at least 1`);
  const source = typeof input === 'string' ? input : input === process.stdin ? 'standard input' : 'the stream';
  const name = options.name ?? (typeof input === 'string' ? basename(input) : source);
  // A pattern is checked here and now, not when the first line comes.
  const open = () => new TextRows({ ...options, source, name, notice: (notice) => options.onNotice?.(notice) });
  open();
  return rowSource<R>(
    `cannot read '${source}'`,
    (signal) => read(input, source, open(), { ...options, poll }, signal) as AsyncIterable<Iterable<R>>,
  );
}

async function* read(
  input: string | Readable,
  source: string,
  rows: TextRows,
  { format, follow = true, poll = 200, onNotice }: FromTextLinesOptions,
  signal: AbortSignal,
): AsyncGenerator<Iterable<Row>> {
  const waiting = () => onNotice?.({ kind: 'waiting', text: `${source}: not there yet; waiting for it` });
  const restarted = (how: NonNullable<Piece['restarted']>) =>
    onNotice?.({
      kind: 'restarted',
      text: `${source}: ${how === 'rotated' ? 'another file is at the path' : 'the file was cut short or written anew'}; reading from its beginning`,
    });
  const file = typeof input === 'string' && isFile(input) ? input : undefined;
  const followOptions = { follow, poll, signal, waiting };
  if (
    file !== undefined &&
    (format === 'trainer-state' || (format === undefined && basename(file) === 'trainer_state.json'))
  ) {
    yield* followState(file, rows, followOptions, restarted);
    return;
  }
  const pieces =
    file === undefined
      ? streamLines(typeof input === 'string' ? createReadStream(input) : input, signal)
      : followFile(file, followOptions);
  const document: string[] = [];
  let inDocument = format === 'trainer-state';
  for await (const piece of pieces) {
    if (piece.restarted !== undefined) {
      restarted(piece.restarted);
      rows.restart();
    }
    if (inDocument) {
      document.push(...piece.lines);
      continue;
    }
    const read = rows.read(piece.lines, piece.first);
    if (read !== 'trainer-state') yield read;
    else if (file !== undefined) {
      yield* followState(file, rows, followOptions, restarted);
      return;
    } else {
      inDocument = true;
      document.push(...rows.takeWaiting());
    }
  }
  if (signal.aborted) return;
  if (!inDocument) return rows.end();
  const records = parseTrainerState(document.join('\n'));
  if (records instanceof Malformed) throw new Error(records.reason);
  yield rows.readRecords(records, 1);
}

/** Whether a path is followed as a file; one that is not there yet will be one. */
function isFile(path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there === undefined || there.isFile() || there.isDirectory();
}
