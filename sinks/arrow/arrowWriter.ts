import { randomUUID } from 'node:crypto';
import type { Observable, Subscription } from 'rxjs';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import { stepColumns, tablesKey } from '../../src/formats/arrow/eventTable.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { provenanceOf } from '../provenance.ts';
import type { Writer } from '../sink.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import { EarlierRows } from './earlierRows.ts';
import { EventTable } from './eventTable.ts';
import type { Place } from './place.ts';
import { arrowSchema } from './schema.ts';
import type { StreamFileOptions } from './streamFile.ts';
import { TableFile } from './tableFile.ts';

/** When to hand rows over, see `ArrowOptions`. */
export interface Pace extends StreamFileOptions {
  readonly batchRows: number;
  readonly flushEvery: number;
}

/** Where the events of a run go that is to have a table of them. */
export interface EventOutput {
  readonly place: Place;
  /** What is asked of the training while it runs, to be recorded among its events. */
  readonly control$: Observable<ControlMessage> | undefined;
}

/** What a checkpoint says of the files. */
type SavedFiles = { readonly rows: number; readonly events?: number };

/** Bytes that may wait for the disk before rows are held. */
const holdAbove = 8 << 20;
/** Bytes that may wait when rows come that cannot be held: beyond, the source has to wait for the disk itself. */
const blockAbove = 4 * holdAbove;
/** Bytes of text after which a batch is written though it has few rows. */
const textLimit = 1 << 20;

/**
 * Collects rows into batches, and decides when a batch goes to the file. The events of a run that has a table of them
 * are on the disk before the rows that they came with: whoever reads a row finds its events.
 */
export class ArrowWriter implements Writer<Row> {
  readonly #place: Place;
  readonly #pace: Pace;
  readonly #disk: Disk;
  readonly #eventOutput: EventOutput | undefined;
  #steps: TableFile | undefined;
  #events: EventTable | undefined;
  /** When the batch got its first row. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;
  #lastStep = 0;
  /** What was asked before the first row. */
  #asked: ControlMessage[] = [];
  #control: Subscription | undefined;

  /** @param events where the events go; undefined to keep them in the rows */
  constructor(place: Place, pace: Pace, disk: Disk, events?: EventOutput) {
    this.#place = place;
    this.#pace = pace;
    this.#disk = disk;
    this.#eventOutput = events;
    // An error of it is the training's to tell.
    this.#control = events?.control$?.subscribe({ next: (message) => this.#obeyed(message), error: () => {} });
  }

  begin(run: Run, first: Row): void {
    const place = this.#place;
    const output = this.#eventOutput;
    const { name } = run;
    const described = { name, columns: run.columns, metadata: { ...run.metadata, ...provenanceOf(first) } };
    const columns = output === undefined ? run.columns : stepColumns(run.columns);
    const pair = output === undefined ? [] : ([[tablesKey, randomUUID()]] as const);
    const steps = { place, columns, schema: arrowSchema(described, columns, pair) };
    const events = output && EventTable.described(output.place, described, pair);
    const appends = place.existing === 'append' || (place.existing === undefined && run.resumedAt !== undefined);
    const before = { column: 'step', below: first.step };
    const earlier = appends ? EarlierRows.open(place, steps.schema, before, this.#disk) : undefined;
    let earlierEvents: EarlierRows | undefined;
    try {
      if (events !== undefined && earlier !== undefined) {
        this.#checkLeading(earlier, first);
        earlierEvents = EarlierRows.open(
          events.place,
          events.schema,
          { column: 'row', below: earlier.rows },
          this.#disk,
        );
      }
      this.#forget = run.keep(
        `toArrow ${place.given}`,
        { save: () => this.#saved(), restore: (saved) => this.#checkRows(saved, earlier, earlierEvents, first) },
        false,
      );
      const flush = () => this.#flush();
      // In this order: the events that are there already are those of the rows that stay, and more, should only one of the
      // tables get its place.
      this.#steps = new TableFile(steps, this.#pace.batchRows, this.#pace, this.#disk, flush, earlier);
      this.#events = events && new EventTable(events, run.columns, this.#pace, this.#disk, flush, earlierEvents);
    } finally {
      earlier?.close();
      earlierEvents?.close();
    }
    this.#lastStep = first.step;
    for (const message of this.#asked.splice(0)) this.#obeyed(message);
  }

  write(row: Row): void | Promise<void> {
    const { batch, file } = this.#steps!;
    const number = this.#steps!.rows;
    batch.append(row);
    try {
      this.#events?.append(row, number);
    } catch (error) {
      batch.takeBack();
      throw error;
    }
    this.#lastStep = row.step;
    const now = performance.now();
    if (batch.rows === 1) this.#wait(now);
    if (batch.rows < batch.capacity && now - this.#since < this.#pace.flushEvery && batch.textBytes < textLimit) return;
    this.#flush();
    if (file.pending > blockAbove) file.writeNow();
    if (file.pending > holdAbove) return file.drained();
  }

  finish(): void | Promise<void> {
    clearTimeout(this.#timer);
    this.#control?.unsubscribe();
    if (this.#events !== undefined || this.#steps !== undefined) return this.#finish();
  }

  /** A checkpoint says that the rows before it are safe: so they are made, and counted. */
  async #saved(): Promise<SavedFiles> {
    this.#flush();
    const { file } = this.#steps!;
    const { rows } = file;
    const events = this.#events;
    if (events === undefined) {
      await file.durable();
      return { rows };
    }
    const saved = { rows, events: events.rows };
    await events.durable();
    await file.durable();
    return saved;
  }

  /** The number of a row ties it to its events. @throws {CannotWriteError} when appending would give it another. */
  #checkLeading({ leading }: EarlierRows, { step }: Row): void {
    if (leading) return;
    throw new CannotWriteError(
      this.#place.given,
      new Error(`its steps begin anew, so that not all before ${step} come first: expected steps that rise`),
      ', or another path',
    );
  }

  /** @throws {CannotWriteError} when rows or events that were safe once are not there. */
  #checkRows(
    saved: SavedFiles,
    earlier: EarlierRows | undefined,
    earlierEvents: EarlierRows | undefined,
    { step }: Row,
  ): void {
    if (earlier === undefined) return;
    if (earlier.rows !== saved.rows)
      throw new CannotWriteError(
        this.#place.given,
        new Error(
          `it has ${earlier.rows} whole rows before step ${step}, and had ${saved.rows}: expected the file of the run that was saved`,
        ),
      );
    const there = earlierEvents?.rows ?? 0;
    // What was asked of the run after the checkpoint was taken may be there as well.
    if (this.#eventOutput !== undefined && there < (saved.events ?? 0))
      throw new CannotWriteError(
        this.#eventOutput.place.given,
        new Error(
          `it has ${there} whole events before step ${step}, and had ${saved.events}: expected the file of the run that was saved`,
        ),
      );
  }

  /** Whatever happens to the last batch or to one table, all else is to be finished. */
  async #finish(): Promise<void> {
    this.#forget?.();
    let failure: { readonly reason: unknown } | undefined;
    try {
      this.#flush();
    } catch (reason) {
      failure = { reason };
    }
    for (const end of await Promise.allSettled([this.#steps?.file.finish(), this.#events?.finish()]))
      if (end.status === 'rejected') failure ??= end;
    if (failure !== undefined) throw failure.reason;
  }

  #obeyed(message: ControlMessage): void {
    const events = this.#events;
    if (events === undefined || this.#steps === undefined) this.#asked.push(message);
    else
      try {
        events.control(message, this.#lastStep, Math.max(0, this.#steps.rows - 1));
      } catch {
        // The disk has failed: the next row, or the end, tells it.
      }
  }

  /** A timer for a source that falls silent; one that keeps the thread busy is watched by `write`. */
  #wait(now: number): void {
    this.#since = now;
    this.#timer ??= setTimeout(() => this.#lookAtClock(), this.#pace.flushEvery).unref();
  }

  #lookAtClock(): void {
    this.#timer = undefined;
    if (this.#steps!.batch.rows === 0) return;
    const left = this.#since + this.#pace.flushEvery - performance.now();
    if (left > 0) this.#timer = setTimeout(() => this.#lookAtClock(), left).unref();
    else {
      try {
        this.#flush();
      } catch {
        // The next row, or the end, tells it.
      }
    }
  }

  #flush(): void {
    try {
      this.#events?.flush();
    } finally {
      this.#steps?.flush();
    }
  }
}
