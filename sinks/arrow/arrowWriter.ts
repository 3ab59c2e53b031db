import type { Disk } from '../../src/formats/arrow/disk.ts';
import { encodeBatch } from '../../src/formats/arrow/message.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { Writer } from '../sink.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import { EarlierRows } from './earlierRows.ts';
import type { Place } from './place.ts';
import { RowBatch } from './rowBatch.ts';
import { arrowSchema } from './schema.ts';
import { StreamFile } from './streamFile.ts';

/** When to hand rows over, see `ArrowOptions`. */
export interface Pace {
  readonly batchRows: number;
  readonly flushEvery: number;
  readonly syncEvery: number;
}

/** What a checkpoint says of the file. */
type SavedFile = { readonly rows: number };

/** Bytes that may wait for the disk before rows are held. */
const holdAbove = 8 << 20;
/** Bytes that may wait when rows come that cannot be held: beyond, the source has to wait for the disk itself. */
const blockAbove = 4 * holdAbove;
/** Bytes of text after which a batch is written though it has few rows. */
const textLimit = 1 << 20;

/** Collects rows into batches, and decides when a batch goes to the file. */
export class ArrowWriter implements Writer<Row> {
  readonly #place: Place;
  readonly #pace: Pace;
  readonly #disk: Disk;
  #batch: RowBatch | undefined;
  #file: StreamFile | undefined;
  /** When the batch got its first row. */
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;

  constructor(place: Place, pace: Pace, disk: Disk) {
    this.#place = place;
    this.#pace = pace;
    this.#disk = disk;
  }

  begin(run: Run, first: Row): void {
    const schema = arrowSchema(run);
    const place = this.#place;
    const appends = place.existing === 'append' || (place.existing === undefined && run.resumedAt !== undefined);
    const earlier = appends ? EarlierRows.open(place, schema, run.columns, first.step, this.#disk) : undefined;
    try {
      this.#forget = run.keep(
        `toArrow ${place.given}`,
        { save: () => this.#saved(), restore: (saved) => this.#checkRows(saved, earlier, first) },
        false,
      );
      this.#file = new StreamFile(place, schema, this.#pace.syncEvery, this.#disk, () => this.#flush(), earlier);
    } finally {
      earlier?.close();
    }
    this.#batch = new RowBatch(run.columns, this.#pace.batchRows);
  }

  write(row: Row): void | Promise<void> {
    const batch = this.#batch!;
    batch.append(row);
    const now = performance.now();
    if (batch.rows === 1) this.#wait(now);
    if (batch.rows < batch.capacity && now - this.#since < this.#pace.flushEvery && batch.textBytes < textLimit) return;
    this.#flush();
    const file = this.#file!;
    if (file.pending > blockAbove) file.writeNow();
    if (file.pending > holdAbove) return file.drained();
  }

  finish(): void | Promise<void> {
    clearTimeout(this.#timer);
    if (this.#file !== undefined) return this.#finish(this.#file);
  }

  /** A checkpoint says that the rows before it are safe: so they are made, and counted. */
  async #saved(): Promise<SavedFile> {
    this.#flush();
    const { rows } = this.#file!;
    await this.#file!.durable();
    return { rows };
  }

  /** @throws {CannotWriteError} when rows that were safe once are not there. */
  #checkRows(saved: SavedFile, earlier: EarlierRows | undefined, { step }: Row): void {
    if (earlier === undefined || earlier.rows === saved.rows) return;
    throw new CannotWriteError(
      this.#place.given,
      new Error(
        `it has ${earlier.rows} whole rows before step ${step}, and had ${saved.rows}: expected the file of the run that was saved`,
      ),
    );
  }

  /** Whatever happens to the last batch, the ones before it are to be finished. */
  async #finish(file: StreamFile): Promise<void> {
    this.#forget?.();
    try {
      this.#flush();
    } finally {
      await file.finish();
    }
  }

  /** A timer for a source that falls silent; one that keeps the thread busy is watched by `write`. */
  #wait(now: number): void {
    this.#since = now;
    this.#timer ??= setTimeout(() => this.#lookAtClock(), this.#pace.flushEvery).unref();
  }

  #lookAtClock(): void {
    this.#timer = undefined;
    if (this.#batch!.rows === 0) return;
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
    const batch = this.#batch;
    if (batch === undefined || batch.rows === 0) return;
    const { rows } = batch;
    const message = encodeBatch(batch.data(), rows);
    batch.clear();
    this.#file!.append(message, rows);
  }
}
