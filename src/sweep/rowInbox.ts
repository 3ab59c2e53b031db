import { Run } from '../run.ts';
import type { Release, Row, Snapshot } from '../step.ts';
import type { WorkerMessage } from './messages.ts';

/**
 * Hands the rows of a worker on, one at a time: while a row is held none follows, and the worker learns how many have
 * been dealt with, so that it waits in its turn.
 */
export class RowInbox {
  readonly #deliver: (row: Row) => void;
  readonly #consumed: Int32Array;
  readonly #waiting: Snapshot<Row>[] = [];
  #run: Run | undefined;
  #holds = 0;
  #delivering = false;
  #whenEmpty: (() => void) | undefined;

  constructor(consumed: SharedArrayBuffer, deliver: (row: Row) => void) {
    this.#consumed = new Int32Array(consumed);
    this.#deliver = deliver;
  }

  begin({ name, metadata, columns }: WorkerMessage & { readonly kind: 'begin' }): void {
    this.#run = Run.ofTraining(name, columns, metadata);
  }

  push(rows: readonly Snapshot<Row>[]): void {
    this.#waiting.push(...rows);
    this.#drain();
  }

  /** Calls back once every row so far has been dealt with. */
  whenEmpty(then: () => void): void {
    this.#whenEmpty = then;
    this.#drain();
  }

  #drain(): void {
    // A consumer may release a row from within its delivery.
    if (this.#delivering) return;
    this.#delivering = true;
    let delivered = 0;
    while (this.#holds === 0 && delivered < this.#waiting.length) {
      this.#deliver(Object.assign(this.#waiting[delivered++]!, { run: this.#run!, hold: this.#hold }));
    }
    this.#delivering = false;
    this.#waiting.splice(0, delivered);
    Atomics.add(this.#consumed, 0, delivered);
    Atomics.notify(this.#consumed, 0);
    if (this.#waiting.length > 0 || this.#holds > 0 || this.#whenEmpty === undefined) return;
    this.#run?.end();
    this.#whenEmpty();
  }

  readonly #hold = (): Release => {
    this.#holds++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds--;
      this.#drain();
    };
  };
}
