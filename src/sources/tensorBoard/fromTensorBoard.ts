import { basename } from 'node:path';
import type { Observable } from 'rxjs';
import type { LossRow } from '../../step.ts';
import { rowSource } from '../rowSource.ts';
import { Malformed } from '../textLines/parsedLine.ts';
import { type FieldChoice, RecordRows } from '../textLines/recordRows.ts';
import { excerpt, type TextNotice } from '../textLines/textNotice.ts';
import { type EventPiece, followEvents } from './followEvents.ts';
import { StepRecords } from './stepRecords.ts';

export interface FromTensorBoardOptions extends Pick<FieldChoice, 'loss'> {
  /** Whether to wait for more at the end (default), or to complete. */
  readonly follow?: boolean | undefined;
  /** Milliseconds between two looks at the files. Default 200. */
  readonly poll?: number | undefined;
  /** Name of the run. Default: that of the folder or file. */
  readonly name?: string | undefined;
  /** Told what the tags were taken for, what was passed over, and when a file begins anew. */
  readonly onNotice?: ((notice: TextNotice) => void) | undefined;
}

/** Records that the columns are taken from. */
const sampleSize = 500;

/**
 * The rows of a run that TensorBoard could show, as its event files grow: those of TensorFlow, PyTorch's
 * `SummaryWriter`, JAX, or `toTensorBoard`.
 *
 * ```
 * events   [1 loss 7.6][1 lr .1]   [2 loss 7.5][2 accuracy .3]   [3 loss ...
 * rows     ------------------------r1----------------------------r2---------
 * ```
 *
 * @example
 * fromTensorBoard('logs/first').pipe(spikes()).subscribe(({ step, spikes }) => spikes.event && console.log(step));
 *
 * A row has `step`, `loss` and a column for each other tag of the first records, which can be null. What is written of
 * one step makes one row, passed on when the next step begins or nothing more has come for a while. A record with a bad
 * checksum is passed over with a notice; where the bytes of a file cannot be followed any further, its rest is. Files of
 * a folder are read in the order of their names, those that come later too. Errors of the stream, in a line: nothing
 * can be read, or no tag is known to be the loss.
 *
 * @param path an event file, or the folder of one run
 * @throws {RangeError} for an option out of range.
 */
export function fromTensorBoard(path: string, options: FromTensorBoardOptions = {}): Observable<LossRow> {
  const { poll = 200 } = options;
  if (!(poll >= 1 && poll < 2 ** 31)) throw new RangeError(`poll ${poll}: expected milliseconds, at least 1`);
  return rowSource(`cannot read '${path}'`, (signal) => read(path, { ...options, poll }, signal));
}

async function* read(
  path: string,
  { follow = true, poll = 200, onNotice, loss, name = basename(path) }: FromTensorBoardOptions,
  signal: AbortSignal,
): AsyncGenerator<Iterable<LossRow>> {
  const notice = (kind: TextNotice['kind'], text: string) => onNotice?.({ kind, text });
  const steps = new StepRecords(sampleSize);
  let rows: RecordRows | undefined;
  /** Rows of the records that are ready, once the columns are known. */
  const ready = (): LossRow[] => {
    if (rows === undefined) {
      if (!hasLoss(steps, loss)) return [];
      rows = new RecordRows(steps.complete, { step: 'step', loss }, name, { source: path, format: 'tensorboard' });
      notice('format', `${path}: TensorBoard events; ${rows.mapping}`);
    }
    return steps.take().flatMap((record) => {
      const row = rows!.row(record);
      if (row instanceof Malformed) notice('malformed', `${path}: step ${record.step}: ${row.reason}; passed over`);
      return row === null || row instanceof Malformed ? [] : [row];
    });
  };
  for await (const piece of followEvents(path, { follow, poll, signal })) {
    tell(piece, notice);
    for (const event of piece.events) steps.push(event);
    if (piece.idle) steps.settle();
    const made = ready();
    if (made.length > 0) yield made;
    if (rows === undefined && steps.full) break;
  }
  if (signal.aborted) return;
  steps.settle();
  yield ready();
  // Says what is missing, by throwing.
  if (rows === undefined && steps.complete.length > 0) new RecordRows(steps.complete, { step: 'step', loss }, name, {});
}

function hasLoss(steps: StepRecords, loss: string | undefined): boolean {
  if (steps.complete.length === 0) return false;
  try {
    new RecordRows(steps.complete, { step: 'step', loss }, '', {});
    return true;
  } catch {
    return false;
  }
}

function tell(piece: EventPiece, notice: (kind: TextNotice['kind'], text: string) => void): void {
  if (piece.waiting) notice('waiting', `${piece.file}: no event file there yet; waiting for one`);
  if (piece.restarted) notice('restarted', `${piece.file}: the file was cut short or written anew; reading it again`);
  for (const { position, reason } of piece.damage)
    notice('malformed', `${piece.file}: byte ${position}: ${excerpt(reason).slice(1, -1)}`);
}
