import { Observable } from 'rxjs';
import type { Row } from '../../step.ts';
import { type ConnectionOptions, runMessages } from './runMessages.ts';

/**
 * The rows of a run that is served somewhere, from the first on and live from then on, for the same operators as
 * our own: `fromWebSocket('ws://127.0.0.1:4747').pipe(spikes({ as: 'mine' }))`.
 *
 * ```
 * server           --r0--r1--x   (lost)   --r2--r3--|
 * fromWebSocket    --r0--r1---------------- r2--r3--|
 * ```
 *
 * Completes when the run has ended or another takes its place; a run that failed is an error. There is no probe
 * on these rows, and events come as null: detectors find them again.
 * @throws {CannotConnectError} as an error of the stream, when the server was never reached.
 */
export function fromWebSocket<R extends Row = Row>(url: string, options: ConnectionOptions = {}): Observable<R> {
  return new Observable((subscriber) => {
    let begun = false;
    subscriber.add(
      runMessages(url, options).subscribe({
        next(message) {
          if (message.kind === 'row') subscriber.next(message.row as R);
          else if (message.kind === 'run') {
            if (begun) subscriber.complete();
            begun = true;
          } else if (message.kind === 'status') {
            if (message.state === 'failed') subscriber.error(new Error(`the run failed: ${message.message}`));
            else if (message.state === 'complete' || message.state === 'stopped') subscriber.complete();
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  });
}
