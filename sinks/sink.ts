import { type MonoTypeOperatorFunction, Observable, Subscriber, throwError } from 'rxjs';
import { type Eventual, isPromise } from '../src/eventual.ts';
import type { Run } from '../src/run.ts';
import { type Release, type Row, runOf } from '../src/step.ts';

/** What a sink does with the rows of one subscription. */
export interface Writer<R extends Row> {
  /**
   * Called once, with the run of the first row; what it throws is an error of the stream. The columns are complete as
   * seen from here: copy them, as annotators further down the pipe will add theirs to the same run.
   */
  begin(run: Run, first: R): void;
  /**
   * Records a row, which it must not keep live parts of. A promise means that the writer cannot keep up: the row is
   * held, so that a trainer waits, until it settles. It must settle by itself, as `finish` comes after it.
   */
  write(row: R): void | Promise<void>;
  /**
   * Makes everything written durable. Called once, after every promise of `write` has settled, however the stream
   * ended: also without any row, and after an error of `begin` or `write`.
   */
  finish(ending: Ending): void | Promise<void>;
}

/** How a stream ended: by itself, by an error (the source's or the writer's), or because nobody listens any more. */
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
 * the writer ends the stream. The source is let go (its tensors freed) before the writer is done, never after.
 *
 * After unsubscribing the writer still finishes, and {@link writersFinished} says when; that is also so for a `take(n)`
 * behind a sink, which completes at once: put it before the sink to have `complete` wait. An error that comes when
 * nobody listens any more is reported as RxJS reports unhandled errors.
 *
 * @param open called at subscription: may throw, before anything is computed, when the place cannot be written to.
 */
export function sink<R extends Row>(open: () => Writer<R>): MonoTypeOperatorFunction<R> {
  return (source) => new Observable((subscriber) => source.subscribe(new WritingSubscriber(subscriber, open())));
}

const unfinished = new Set<Promise<void>>();

/**
 * Resolves, never rejects, when every writer whose stream has ended has finished: what a program awaits after it has
 * unsubscribed and before it calls `process.exit`.
 */
export async function writersFinished(): Promise<void> {
  while (unfinished.size > 0) await Promise.all(unfinished);
}

class WritingSubscriber<R extends Row> extends Subscriber<R> {
  readonly #next: Subscriber<R>;
  readonly #writer: Writer<R>;
  /** Promises of `write` that have not settled. */
  readonly #writing = new Set<Promise<void>>();
  #begun = false;
  #ended = false;
  /** An error of a write that settled after the stream had ended. */
  #lateError: { readonly error: unknown } | undefined;

  constructor(next: Subscriber<R>, writer: Writer<R>) {
    super(next);
    this.#next = next;
    this.#writer = writer;
  }

  protected override _next(row: R): void {
    try {
      if (!this.#begun) {
        this.#begun = true;
        this.#writer.begin(runOf(row), row);
      }
      const written = this.#writer.write(row);
      if (isPromise(written)) this.#await(written, row.hold?.());
    } catch (error) {
      this.error(error);
      return;
    }
    this.#next.next(row);
  }

  protected override _error(error: unknown): void {
    this.#end({ kind: 'error', error });
  }

  protected override _complete(): void {
    this.#end({ kind: 'complete' });
  }

  override unsubscribe(): void {
    if (this.closed) return;
    this.#end({ kind: 'unsubscribed' });
    super.unsubscribe();
  }

  #await(written: Promise<void>, release: Release | undefined): void {
    this.#writing.add(written);
    written.then(
      () => {
        this.#writing.delete(written);
        release?.();
      },
      (error) => {
        this.#writing.delete(written);
        this.#lateError ??= { error };
        this.error(error);
        release?.();
      },
    );
  }

  #end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    let finished: Eventual<void>;
    try {
      finished = this.#finish(ending);
    } catch (error) {
      this.#tell(ending, { error });
      return;
    }
    if (!isPromise(finished)) {
      this.#tell(ending);
      return;
    }
    const told = finished.then(
      () => this.#tell(ending),
      (error) => this.#tell(ending, { error }),
    );
    unfinished.add(told);
    told.finally(() => unfinished.delete(told));
    // Nothing more is wanted of the source: it need not compute, nor keep its tensors, while a file is closed.
    super.unsubscribe();
  }

  #finish(ending: Ending): Eventual<void> {
    if (this.#writing.size === 0) return this.#writer.finish(ending);
    return Promise.allSettled(this.#writing).then(() => this.#writer.finish(ending));
  }

  /** The first error is the one to tell: a source's own goes before that of closing the file after it. */
  #tell(ending: Ending, failure?: { readonly error: unknown }): void {
    const first = ending.kind === 'error' ? ending : (this.#lateError ?? failure);
    if (first !== undefined && (ending.kind === 'unsubscribed' || this.#next.closed)) {
      // Nobody listens, but rows may be lost: as loud as RxJS is about an error without a handler.
      throwError(() => first.error).subscribe();
    } else if (first !== undefined) this.#next.error(first.error);
    else if (ending.kind === 'complete') this.#next.complete();
    super.unsubscribe();
  }
}
