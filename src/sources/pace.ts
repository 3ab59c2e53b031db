import { setTimeout } from 'node:timers/promises';
import type { Row } from '../step.ts';

/** The longest that one timer can wait. */
const longest = 2 ** 31 - 1;

/** Says when a recorded row is due, `speed` times as fast as it was recorded. */
class Pace {
  readonly #speed: number;
  #begun = 0;
  #first = Number.NaN;
  #last = Number.NaN;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** Milliseconds until a row of these seconds; not more than 0 for one without a time. */
  until(seconds: unknown): number {
    if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return 0;
    // The clock of a run that was taken up again may begin anew.
    if (!(seconds >= this.#last)) {
      this.#first = seconds;
      this.#begun = performance.now();
    }
    this.#last = seconds;
    return ((seconds - this.#first) / this.#speed) * 1000 - (performance.now() - this.#begun);
  }
}

/** Hands the rows of each batch over when they are due by their `seconds`; returns early when `signal` says so. */
export async function* paced<R extends Row>(
  batches: AsyncIterable<Iterable<R>>,
  speed: number,
  signal: AbortSignal,
): AsyncGenerator<R[]> {
  const pace = new Pace(speed);
  for await (const batch of batches) {
    let due: R[] = [];
    for (const row of batch) {
      const { seconds } = row as R & { readonly seconds?: unknown };
      let wait = pace.until(seconds);
      if (wait >= 1 && due.length > 0) {
        yield due;
        due = [];
        wait = pace.until(seconds);
      }
      if (wait >= 1) await pause(wait, signal);
      if (signal.aborted) return;
      due.push(row);
    }
    if (due.length > 0) yield due;
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    for (let left = milliseconds; left > 0; left -= longest)
      await setTimeout(Math.min(left, longest), undefined, { signal });
  } catch {
    // Nobody waits any more.
  }
}
