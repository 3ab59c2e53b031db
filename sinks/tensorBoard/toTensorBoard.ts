import { hostname } from 'node:os';
import { join } from 'node:path';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../../src/step.ts';
import { Place } from '../arrow/place.ts';
import { Output } from '../output.ts';
import { sink } from '../sink.ts';
import { EventWriter } from './eventWriter.ts';

let filesOfThisProcess = 0;

/**
 * Writes rows to an event file for TensorBoard, and passes them on.
 *
 * ```
 * rows in    --r0--r1--r2--|
 * file       [version][r0][r1][r2]     events.out.tfevents.<seconds>.<host>.<process>.<number>
 * rows out   --r0--r1--r2-----|
 * ```
 *
 * @example
 * train(spec).pipe(tangentKernel(), spikes(), toTensorBoard('logs/first')).subscribe();
 * // tensorboard --logdir logs
 *
 * Each number column is a scalar whose tag is its path, `tangentKernel/lambdaMax`; booleans are 0 and 1; what was not
 * computed is left out. Events are texts (tag `spikes/event`), and so are the run's name and metadata. TensorBoard's
 * scalars are float32; NaN and the infinities are written as they are. Every subscription begins a file of its own in
 * the folder, which is made; records are flushed at least four times a second, and TensorBoard passes over the one that
 * a crash cuts off. A row is held while the disk cannot keep up.
 *
 * Errors of the stream: {@link CannotWriteError}, at subscription for a folder that cannot be written to, later for a
 * full disk; {@link RowMismatchError} for a row that does not fit its columns.
 *
 * @throws {RangeError} for a path that is none.
 */
export function toTensorBoard<R extends Row>(folder: string): MonoTypeOperatorFunction<R> {
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0'))
    throw new RangeError(`toTensorBoard(${JSON.stringify(folder)}): expected the path of a folder`);
  return sink<R>(() => {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const host = hostname().replace(/[^\w.-]/g, '_');
    const file = `events.out.tfevents.${seconds}.${host}.${process.pid}.${filesOfThisProcess++}`;
    const place = new Place(join(folder, file), 'error');
    return new EventWriter(() => Output.ofFile(place));
  });
}
