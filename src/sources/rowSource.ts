import { setImmediate } from 'node:timers/promises';
import { Observable, type Subscriber } from 'rxjs';
import type { Release, Row } from '../step.ts';

/** Milliseconds of uninterrupted work after which timers and sockets get their turn. */
const turn = 8;

/**
 * The one place where rows from elsewhere become a stream: batches are asked for one after the other, the next only
 * when the rows of the last have been delivered and nobody holds any.
 *
 * ```
 * batches   [r0 r1]      [r2 r3]|
 * rows      r0-r1--(held)-r2-r3-|
 * ```
 *
 * @param what begins the message of every error, with the name of the source in it: `cannot replay 'run.arrows'`
 * @param open called at subscription. Its errors are the stream's. The signal says that nobody listens any more, and
 * whoever waits for something must then return.
 */
export function rowSource<R extends Row>(
  what: string,
  open: (signal: AbortSignal) => AsyncIterable<Iterable<R>>,
): Observable<R> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const holds = new Holds();
    deliver(open(abort.signal), subscriber, holds).then(
      () => subscriber.complete(),
      (error) => {
        if (!subscriber.closed) subscriber.error(new Error(`${what}: ${messageOf(error)}`, { cause: error }));
      },
    );
    return () => {
      abort.abort();
      holds.giveUp();
    };
  });
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}

async function deliver<R extends Row>(batches: AsyncIterable<Iterable<R>>, subscriber: Subscriber<R>, holds: Holds) {
  const hold = () => holds.take();
  let since = performance.now();
  let rows = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      row.hold = hold;
      subscriber.next(row);
      if (subscriber.closed) return;
      if (holds.any) await holds.released();
      // Looking at the clock costs more than some rows do.
      if ((++rows & 31) === 0 && performance.now() - since > turn) {
        await setImmediate();
        since = performance.now();
      }
      if (subscriber.closed) return;
    }
  }
}

/** The holds on the rows of one stream; which row is held does not matter, as none comes before all are released. */
class Holds {
  #count = 0;
  #whenReleased: (() => void) | undefined;

  get any(): boolean {
    return this.#count > 0;
  }

  take(): Release {
    this.#count++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--this.#count === 0) this.giveUp();
    };
  }

  released(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenReleased = resolve;
    });
  }

  giveUp(): void {
    this.#whenReleased?.();
    this.#whenReleased = undefined;
  }
}
