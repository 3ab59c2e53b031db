import { Observable } from 'rxjs';
import type { Gap } from '../../formats/webSocket/protocol.ts';
import type { Row } from '../../step.ts';
import { type ConnectionOptions, runMessages } from './runMessages.ts';

export interface FromWebSocketOptions extends ConnectionOptions {
  /**
   * Called where the server has no single rows any more, because the run outgrew its memory: with what is left of
   * them. Without it, such a run is an error.
   */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/**
 * The rows of a run that is served somewhere, from the first on and live from then on, for the same operators as
 * our own: `fromWebSocket('ws://127.0.0.1:4747').pipe(spikes({ as: 'mine' }))`.
 *
 * ```
 * server           --r0--r1--x   (lost)   --r2--r3--|
 * fromWebSocket    --r0--r1---------------- r2--r3--|
 * ```
 *
 * Stays with its run, and completes when that has ended; a run that failed is an error. However slow the operators are,
 * every row comes. There is no probe on these rows, and events come as null: detectors find them again.
 *
 * @throws {CannotConnectError} as an error of the stream, when the server was never reached, does not have the run, has
 * thinned it (see `onGap`), or sends what cannot be read.
 */
export function fromWebSocket<R extends Row = Row>(url: string, options: FromWebSocketOptions = {}): Observable<R> {
  const { onGap, ...connection } = options;
  return new Observable((subscriber) => {
    let begun = false;
    subscriber.add(
      runMessages(url, { ...connection, stay: true, every: true }).subscribe({
        next(message) {
          if (message.kind === 'row') subscriber.next(message.row as R);
          else if (message.kind === 'run') {
            if (begun) subscriber.error(new Error(`the run '${message.run.name}' began again`));
            begun = true;
          } else if (message.kind === 'gap') {
            if (onGap !== undefined) onGap(message.gap);
            else subscriber.error(thinned(message.gap));
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

function thinned({ from, to, size }: Gap): Error {
  return new Error(
    `the server keeps rows ${from} to ${to - 1} as buckets of ${size} only: give onGap to go on without them, or read the file`,
  );
}
