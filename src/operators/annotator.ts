import { Observable, Subscriber } from 'rxjs';
import type { ColumnDescription, ColumnGroup } from '../columns.ts';
import { type Eventual, isPromise } from '../eventual.ts';
import type { Memory } from '../memory.ts';
import type { Run } from '../run.ts';
import { adoptRun, type Release, type Row } from '../step.ts';
import type { Cadence } from './cadence.ts';

/** A row that carries the group `Name`. */
export type Annotated<R, Name extends string, Fields> = R & { readonly [K in Name]: Fields };

/** The fields of a group that is not computed at every step. */
export type Nullable<Fields> = { readonly [K in keyof Fields]: Fields[K] | null };

/** An operator that adds the group `Name` to each row, in place. */
export type Annotator<In extends Row, Name extends string, Fields> = <R extends In>(
  source: Observable<R>,
) => Observable<Annotated<R, Name, Fields>>;

/** What an annotator measures on each row: a fresh group of fields, or a promise of one. */
export type Measure<In extends Row, Fields> = (row: In) => Eventual<Fields>;

/** A measure with memory, which a run that is resumed from a checkpoint restores before the first row is measured. */
export interface RememberingMeasure<In extends Row, Fields> extends Memory {
  readonly measure: Measure<In, Fields>;
}

export interface AnnotatorParts<In extends Row, Name extends string, Fields> {
  /** The name of the group, which is also the name of the field on the row. */
  readonly name: Name;
  readonly meaning: string;
  /** A function of the first row where they depend on the model or the optimizer. */
  readonly columns: readonly ColumnDescription[] | ((first: In) => readonly ColumnDescription[]);
  /**
   * Called once per subscription with the first row: checks that the row can answer, and returns the
   * measure with whatever state it keeps. One that remembers anything from row to row says how to save it:
   * a bare function is taken to depend on its row alone.
   */
  readonly start: (first: In) => Measure<In, Fields> | RememberingMeasure<In, Fields>;
  /** At which rows to measure; at the others every field of the group is null. Default: all. */
  readonly cadence?: Cadence | undefined;
}

/**
 * The one place where rows are annotated.
 *
 * ```
 * rows in    --r0------r1------r2--|
 * measure      now     promise now
 * rows out   --r0----------r1r2----|     each with row[name] assigned; order kept
 * ```
 *
 * A measure that returns a value costs one call and one assignment. One that returns a promise takes a
 * hold on the row, so that the trainer takes no next step and frees no tensor before it settles; rows
 * that arrive meanwhile from sources that cannot be held wait their turn.
 *
 * @throws {NameTakenError} (as an error of the stream, with the first row) when the name is in use.
 */
export function annotator<In extends Row, Name extends string, Fields extends object>(
  parts: AnnotatorParts<In, Name, Fields> & { readonly cadence?: undefined },
): Annotator<In, Name, Fields>;
export function annotator<In extends Row, Name extends string, Fields extends object>(
  parts: AnnotatorParts<In, Name, Fields>,
): Annotator<In, Name, Nullable<Fields>>;
export function annotator<In extends Row, Name extends string, Fields extends object>(
  parts: AnnotatorParts<In, Name, Fields>,
): Annotator<In, Name, Nullable<Fields>> {
  return <R extends In>(source: Observable<R>) =>
    new Observable<Annotated<R, Name, Fields>>((subscriber) =>
      source.subscribe(new AnnotatingSubscriber(subscriber, parts)),
    );
}

interface WaitingRow<R> {
  readonly row: R;
  readonly release: Release | undefined;
}

/** A subscriber linked to its destination, so that a synchronous source stops the moment nobody listens. */
class AnnotatingSubscriber<
  R extends In,
  In extends Row,
  Name extends string,
  Fields extends object,
> extends Subscriber<R> {
  readonly #next: Subscriber<Annotated<R, Name, Fields>>;
  readonly #parts: AnnotatorParts<In, Name, Fields>;
  readonly #name: string;
  readonly #cadence: Cadence | undefined;
  #skipped: object | undefined;
  #measure: Measure<In, Fields> | undefined;
  /** The run given to rows that had none, for this subscription. */
  #adopted: Run | undefined;
  /** The rows behind one whose fields are still to come; undefined while none is. */
  #waiting: WaitingRow<R>[] | undefined;
  #sourceDone = false;

  constructor(next: Subscriber<Annotated<R, Name, Fields>>, parts: AnnotatorParts<In, Name, Fields>) {
    super(next);
    this.#next = next;
    this.#parts = parts;
    this.#name = parts.name;
    this.#cadence = parts.cadence;
  }

  protected override _next(row: R): void {
    if (this.#waiting !== undefined) this.#waiting.push({ row, release: row.hold?.() });
    else this.#advance(row, undefined);
  }

  protected override _complete(): void {
    this.#sourceDone = true;
    if (this.#waiting === undefined) super._complete();
  }

  override unsubscribe(): void {
    this.#adopted?.end();
    for (const { release } of this.#waiting?.splice(0) ?? []) release?.();
    super.unsubscribe();
  }

  /** Measures a row and passes it on; false when it is still to come, or there was an error. */
  #advance(row: R, held: Release | undefined): boolean {
    let fields: Eventual<object>;
    try {
      if (this.#measure === undefined) {
        const { run, adopted } = adoptRun(row);
        if (adopted) this.#adopted = run;
        const { columns, cadence } = this.#parts;
        const described = typeof columns === 'function' ? columns(row) : columns;
        run.declare(describe(this.#parts, described));
        this.#skipped = cadence && nullGroup(described);
        this.#measure = this.#start(row, run);
      }
      if (this.#adopted !== undefined) row.run = this.#adopted;
      fields = this.#cadence === undefined || this.#cadence(row) ? this.#measure(row) : this.#skipped!;
    } catch (error) {
      this.error(error);
      held?.();
      return false;
    }
    if (isPromise(fields)) {
      this.#await(row, fields, held ?? row.hold?.());
      return false;
    }
    this.#emit(row, fields);
    held?.();
    return true;
  }

  #start(first: R, run: Run): Measure<In, Fields> {
    const started = this.#parts.start(first);
    if (typeof started === 'function') return started;
    run.keep(this.#name, started);
    return started.measure;
  }

  #emit(row: R, fields: object): void {
    (row as Record<string, unknown>)[this.#name] = fields;
    this.#next.next(row as Annotated<R, Name, Fields>);
  }

  #await(row: R, fields: Promise<object>, release: Release | undefined): void {
    this.#waiting ??= [];
    fields.then(
      (settled) => {
        this.#emit(row, settled);
        release?.();
        this.#drain();
      },
      (error) => {
        this.error(error);
        release?.();
      },
    );
  }

  /** Rows that arrive meanwhile queue up behind those that are waiting: order is kept. */
  #drain(): void {
    const waiting = this.#waiting ?? [];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!this.#advance(next.row, next.release)) return;
    }
    this.#waiting = undefined;
    if (this.#sourceDone) super._complete();
  }
}

function describe(
  { name, meaning, cadence }: AnnotatorParts<never, string, object>,
  columns: readonly ColumnDescription[],
): ColumnGroup {
  return {
    name,
    meaning,
    columns: cadence ? columns.map((column) => ({ ...column, nullable: true })) : columns,
  };
}

function nullGroup(columns: readonly ColumnDescription[]): object {
  return Object.freeze(Object.fromEntries(columns.map(({ name }) => [name, null])));
}
