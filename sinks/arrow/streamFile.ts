import * as fs from 'node:fs';
import type { Schema } from 'apache-arrow';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import type { Block, WholeBatches } from '../../src/formats/arrow/fileParts.ts';
import { type EncodedMessage, encodeSchema, endOfStream, prefixLength } from '../../src/formats/arrow/message.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import type { EarlierRows } from './earlierRows.ts';
import { finishInto } from './fileFormat.ts';
import type { Place } from './place.ts';

/** When a stream is synced, and what its finished file is like. */
export interface StreamFileOptions {
  /** Milliseconds of writing between two syncs. */
  readonly syncEvery: number;
  /** Most rows of a batch that is made of smaller ones when the file is finished. */
  readonly finishedBatchRows: number;
}

interface QueuedBatch extends EncodedMessage {
  readonly position: number;
  readonly rows: number;
}

/**
 * An IPC stream on disk that can be read at every instant, also while a batch is being written and after `kill -9`:
 * everything of a batch but its first 8 bytes goes to the disk first. Until those follow, in one small aligned write,
 * they read as zeros, and zeros end a stream.
 */
export class StreamFile {
  readonly #place: Place;
  readonly #schema: Schema;
  readonly #disk: Disk;
  readonly #fd: number;
  readonly #options: StreamFileOptions;
  readonly #lastWords: () => void;
  readonly #blocks: Block[] = [];
  /** Batches that are not on the disk, the one being written first. */
  readonly #queue: QueuedBatch[] = [];
  /** End of the last batch that is wholly written. */
  #written: number;
  /** End of the last batch there is. */
  #end: number;
  #rowsWritten = 0;
  #rowsGiven = 0;
  #lastSync = performance.now();
  #working: Promise<void> | undefined;
  #failure: CannotWriteError | undefined;
  #closed = false;

  /**
   * Puts the schema at the place, durably, before it returns.
   * @param lastWords called when the process exits without having finished the file: the moment to append what is left
   * @param earlier rows to begin with, copied before the file takes its place
   * @throws {CannotWriteError}
   */
  constructor(
    place: Place,
    schema: Schema,
    options: StreamFileOptions,
    disk: Disk,
    lastWords: () => void,
    earlier?: EarlierRows,
  ) {
    this.#place = place;
    this.#schema = schema;
    this.#options = options;
    this.#disk = disk;
    this.#lastWords = lastWords;
    const { bytes } = encodeSchema(schema);
    let made: ReturnType<Place['createBeside']> | undefined;
    try {
      made = place.createBeside();
      disk.writeNow(made.fd, bytes, 0);
      const first = earlier?.copyTo(made.fd, bytes.length);
      this.#written = this.#end = first?.end ?? bytes.length;
      this.#blocks.push(...(first?.blocks ?? []));
      this.#rowsWritten = this.#rowsGiven = first?.rows ?? 0;
      fs.fsyncSync(made.fd);
      place.moveInFirst(made.temporary);
      this.#fd = made.fd;
    } catch (error) {
      if (made !== undefined) {
        fs.closeSync(made.fd);
        fs.rmSync(made.temporary, { force: true });
      }
      throw error instanceof CannotWriteError ? error : new CannotWriteError(place.given, error);
    }
    open.add(this);
    if (open.size === 1) process.on('exit', writeAllNow);
  }

  /** Bytes that wait for the disk. */
  get pending(): number {
    return this.#end - this.#written;
  }

  /** Hands a batch over; it is written when its turn comes. @throws {CannotWriteError} when an earlier one failed. */
  append(batch: EncodedMessage, rows: number): void {
    this.#rowsGiven += rows;
    if (this.#failure !== undefined) throw this.#failure;
    this.#queue.push({ ...batch, position: this.#end, rows });
    this.#end += batch.bytes.length;
    this.#working ??= this.#work();
  }

  /** Settles when no batch waits any more. @throws {CannotWriteError} */
  async drained(): Promise<void> {
    await this.#working;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Settles when everything appended so far would survive a power failure. @throws {CannotWriteError} */
  async durable(): Promise<void> {
    await this.drained();
    if (!this.#closed) await this.#disk.sync(this.#fd);
  }

  /** Rows in the file and on their way there. */
  get rows(): number {
    return this.#rowsGiven;
  }

  /** Writes what waits before it returns. Writing a batch twice is harmless: the bytes and the place are the same. */
  writeNow(): void {
    try {
      for (const batch of this.#queue.splice(0)) {
        this.#disk.writeNow(this.#fd, batch.bytes.subarray(prefixLength), batch.position + prefixLength);
        this.#disk.writeNow(this.#fd, batch.bytes.subarray(0, prefixLength), batch.position);
        this.#isWritten(batch);
      }
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** At the exit of the process, by an error of something else for example: there is no later. */
  atExit(): void {
    try {
      this.#lastWords();
      this.writeNow();
    } catch {
      // Nobody is left to tell.
    }
  }

  /** Ends the stream, makes it durable, and turns it into a file with a footer. @throws {CannotWriteError} */
  async finish(): Promise<void> {
    try {
      await this.#working;
      if (this.#failure !== undefined) await this.#endShort();
      else await this.#endWhole();
    } finally {
      open.delete(this);
      if (open.size === 0) process.off('exit', writeAllNow);
      this.#closed = true;
      fs.closeSync(this.#fd);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #endWhole(): Promise<void> {
    try {
      await this.#disk.write(this.#fd, endOfStream, this.#end);
      await this.#disk.sync(this.#fd);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const batches = { fd: this.#fd, begin: 0, end: this.#end, schema: this.#schema, blocks: this.#blocks };
    try {
      if (this.#place.belongsTo(this.#fd)) await this.#finishInto(this.#place, batches);
      else await this.#giveWay(batches);
    } catch (error) {
      const consequence = `; all ${this.#rowsWritten} rows are there as an Arrow stream, without the footer`;
      this.#failure =
        error instanceof CannotWriteError ? error : new CannotWriteError(this.#place.given, error, consequence);
    }
  }

  /** Another run has taken the path: its rows are not for us to replace, and ours are not to be lost. */
  async #giveWay(batches: WholeBatches): Promise<void> {
    const aside = this.#place.aside();
    await this.#finishInto(aside, batches);
    throw new CannotWriteError(
      this.#place.given,
      new Error(
        `another program has replaced the file: expected to be the only writer; this run is in '${aside.path}'`,
      ),
    );
  }

  #finishInto(place: Place, batches: WholeBatches): Promise<void> {
    return finishInto(place, batches, this.#disk, this.#options.finishedBatchRows);
  }

  /** Ends the stream after the last batch that is whole, and gives back the room of the rest. */
  async #endShort(): Promise<void> {
    try {
      fs.ftruncateSync(this.#fd, this.#written);
      await this.#disk.write(this.#fd, endOfStream, this.#written);
      await this.#disk.sync(this.#fd);
    } catch {
      // A stream may also end with the file, and the failure to tell is the first one.
    }
  }

  async #work(): Promise<void> {
    try {
      for (let batch = this.#queue[0]; batch !== undefined; batch = this.#queue[0]) {
        await this.#disk.write(this.#fd, batch.bytes.subarray(prefixLength), batch.position + prefixLength);
        await this.#disk.write(this.#fd, batch.bytes.subarray(0, prefixLength), batch.position);
        if (this.#queue[0] === batch) {
          this.#queue.shift();
          this.#isWritten(batch);
        }
        if (performance.now() - this.#lastSync >= this.#options.syncEvery) {
          await this.#disk.sync(this.#fd);
          this.#lastSync = performance.now();
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working = undefined;
    }
  }

  #isWritten({ bytes, position, metadataLength, bodyLength, rows }: QueuedBatch): void {
    this.#written = position + bytes.length;
    this.#rowsWritten += rows;
    this.#blocks.push({ position, metadataLength, bodyLength, rows });
  }

  #fail(error: unknown): CannotWriteError {
    this.#queue.length = 0;
    this.#failure ??= new CannotWriteError(
      this.#place.given,
      error,
      `; the first ${this.#rowsWritten} rows are there, ${this.#rowsGiven - this.#rowsWritten} or more are lost`,
    );
    return this.#failure;
  }
}

/** The streams of this process that are not finished. */
const open = new Set<StreamFile>();

function writeAllNow(): void {
  for (const file of open) file.atExit();
}
