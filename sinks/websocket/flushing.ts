import type { Viewer } from './viewer.ts';

/** Rows of so many milliseconds are sent together. */
const PAUSE_MS = 50;
/** What one flush may take from the event loop, and so from training, beyond one message for each client. */
const COST_MS = 8;
/** Pauses are so many times as long as the flush before, so that many clients take a fortieth of a run's time at most. */
const REST = 40;
/** But no longer than this: somebody is watching. */
const LONGEST_REST_MS = 1000;
/** While somebody catches up, so many times as long: a seventh of a run's time, for as long as that takes. */
const CATCH_UP_REST = 6;
/** A run without a row for so long is not slowed by flushes. */
const SILENCE_MS = 1000;
const DRAIN_MS = 500;

/**
 * When viewers are given what they are behind. Rows that come after a silence go out at once; others wait for the end
 * of the pause. While somebody catches up on history, flushes come as often as they can without stopping the run.
 */
export class Flushing {
  /** Whether a run goes on. */
  running = false;
  readonly #viewers: ReadonlySet<Viewer>;
  #timer: NodeJS.Timeout | undefined;
  /** When the next flush is due. */
  #next = 0;
  /** When there may be one at the earliest, if a socket has room again. */
  #earliest = 0;
  #rowCame = false;
  #rowCameAt = 0;
  #stopped = false;

  constructor(viewers: ReadonlySet<Viewer>) {
    this.#viewers = viewers;
  }

  /** There is a new row. */
  rowCame(): void {
    this.#rowCame = true;
    this.soon();
  }

  soon(): void {
    if (this.#timer !== undefined || this.#viewers.size === 0 || this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#flush();
      },
      Math.max(1, this.#next - performance.now()),
    );
  }

  /** A socket that was full has room again: its client need not wait for the end of the pause. */
  roomMade(): void {
    this.#next = Math.min(this.#next, this.#earliest);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.soon();
  }

  /** Settles when every client has everything of a run, or after half a second. */
  async drain(run: string): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    while (performance.now() < until && [...this.#viewers].some((viewer) => !viewer.drained(run))) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** A message for each client that has room, then more rounds while time allows. */
  #flush(): void {
    const begun = performance.now();
    if (this.#rowCame) this.#rowCameAt = begun;
    this.#rowCame = false;
    const served = [...this.#viewers].filter((viewer) => viewer.sendNext());
    let hungry = served;
    while (hungry.length > 0 && performance.now() < begun + COST_MS) {
      hungry = hungry.filter((viewer) => viewer.sendNext());
    }
    const now = performance.now();
    const took = now - begun;
    const catchingUp = hungry.some((viewer) => viewer.behind) || served.some((viewer) => viewer.inHistory);
    let rest = catchingUp ? CATCH_UP_REST * took : Math.max(PAUSE_MS, Math.min(LONGEST_REST_MS, REST * took));
    // When nobody trains there is nothing to slow down.
    const training = this.running && now - this.#rowCameAt < SILENCE_MS;
    if (!training) rest = 0;
    this.#earliest = now + (served.length > 0 ? rest : 0);
    // Clients that do not read are only looked at.
    this.#next = served.length > 0 ? this.#earliest : now + PAUSE_MS;
    for (const viewer of this.#viewers) {
      if (!viewer.behind) continue;
      this.soon();
      return;
    }
  }
}
