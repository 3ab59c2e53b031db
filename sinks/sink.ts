import { type MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';
import type { Run } from '../src/run.ts';
import { type Row, runOf } from '../src/step.ts';

/** What a sink does with the rows of one subscription. */
export interface Writer<R extends Row> {
  /** Called once, with the run of the first row, whose columns are complete; what it throws is an error of the stream. */
  begin(run: Run, first: R): void;
  /**
   * Records a row, which it must not keep live parts of. A promise means that the writer cannot keep up:
   * the row is held, so that a trainer waits, until it settles.
   */
  write(row: R): void | Promise<void>;
  /** Makes everything written durable. Called once, however the stream ended, also without any row. */
  finish(ending: Ending): void | Promise<void>;
}

/** How a stream ended: by itself, by an error, or because nobody listens any more. */
export type Ending =
  | { readonly kind: 'complete' }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unsubscribed' };

/**
 * The one place where sinks are made: a pass-through operator around a writer.
 *
 * ```
 * rows in    --r0--r1--r2--|
 * written      r0  r1  r2  (finish)
 * rows out   --r0--r1--r2----------|     complete waits until the writer is done
 * ```
 *
 * A row is written before it is passed on, so what a subscriber has seen has been recorded. An error of
 * the source is passed on after the writer has finished, so what was recorded stays readable; an error of
 * the writer ends the stream. After unsubscribing the writer still finishes.
 *
 * @param open called at subscription: may throw, before anything is computed, when the place cannot be written to.
 */
export function sink<R extends Row>(open: () => Writer<R>): MonoTypeOperatorFunction<R> {
  return (source) => new Observable((subscriber) => source.subscribe(new WritingSubscriber(subscriber, open())));
}

class WritingSubscriber<R extends Row> extends Subscriber<R> {
  readonly #next: Subscriber<R>;
  readonly #writer: Writer<R>;
  #begun = false;
  #finishing = false;

  constructor(next: Subscriber<R>, writer: Writer<R>) {
    super(next);
    this.#next = next;
    this.#writer = writer;
  }

  protected override _next(row: R): void {
    if (this.#finishing) return;
    try {
      if (!this.#begun) {
        this.#begun = true;
        this.#writer.begin(runOf(row), row);
      }
      const written = this.#writer.write(row);
      if (written !== undefined) {
        const release = row.hold?.();
        written.then(release, (error) => {
          release?.();
          this.error(error);
        });
      }
    } catch (error) {
      this.error(error);
      return;
    }
    this.#next.next(row);
  }

  protected override _error(error: unknown): void {
    this.#finish({ kind: 'error', error }, () => super._error(error));
  }

  protected override _complete(): void {
    this.#finish({ kind: 'complete' }, () => super._complete());
  }

  override unsubscribe(): void {
    this.#finish({ kind: 'unsubscribed' }, () => {});
    super.unsubscribe();
  }

  #finish(ending: Ending, then: () => void): void {
    if (this.#finishing) return;
    this.#finishing = true;
    try {
      const finished = this.#writer.finish(ending);
      if (finished === undefined) then();
      else finished.then(then, (error) => this.#fail(ending, error));
    } catch (error) {
      this.#fail(ending, error);
    }
  }

  /** The first error is the one to tell: a source's own goes before that of closing the file after it. */
  #fail(ending: Ending, error: unknown): void {
    super._error(ending.kind === 'error' ? ending.error : error);
  }
}
