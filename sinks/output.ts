import * as fs from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { CannotWriteError } from './arrow/cannotWriteError.ts';
import type { Place } from './arrow/place.ts';

const fsync = promisify(fs.fsync);
const close = promisify(fs.close);

/** Where the text or the bytes of rows go: a stream, and for a file what makes it durable. */
export class Output {
  readonly #stream: Writable;
  readonly #name: string;
  readonly #fd: number | undefined;
  #failure: CannotWriteError | undefined;
  #draining: Promise<void> | undefined;

  /** Takes over a stream, which stays open at the end; it belongs to the program. */
  static ofStream(stream: Writable, name: string): Output {
    return new Output(stream, name, undefined);
  }

  /** Begins a file, in place of one that was there, or goes on at its end. @throws {CannotWriteError} */
  static ofFile(place: Place, how: 'begin' | 'append' = 'begin'): Output {
    let fd: number;
    try {
      fd = fs.openSync(place.path, how === 'begin' ? 'w' : 'a');
    } catch (error) {
      throw new CannotWriteError(place.given, error);
    }
    return new Output(fs.createWriteStream('', { fd, autoClose: false }), place.given, fd);
  }

  private constructor(stream: Writable, name: string, fd: number | undefined) {
    this.#stream = stream;
    this.#name = name;
    this.#fd = fd;
    stream.on('error', this.#onError);
  }

  /**
   * A promise when the stream has enough for now. @throws {CannotWriteError} when an earlier piece could not be written.
   */
  write(piece: string | Uint8Array): void | Promise<void> {
    this.#check();
    if (!this.#stream.write(piece)) {
      this.#draining ??= this.#drained();
      return this.#draining;
    }
  }

  /** Writes a piece and settles when all so far is where it belongs, as at the end. @throws {CannotWriteError} */
  async durable(piece: string | Uint8Array): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => this.#stream.write(piece, () => resolve()));
    this.#check();
    if (this.#fd !== undefined) await fsync(this.#fd);
  }

  /** Everything written is where it belongs, and a file survives a power failure. @throws {CannotWriteError} */
  async finish(last: string | Uint8Array): Promise<void> {
    try {
      await this.durable(last);
    } catch (error) {
      throw error instanceof CannotWriteError ? error : new CannotWriteError(this.#name, error);
    } finally {
      this.#stream.off('error', this.#onError);
      // The listener that stays keeps a late error of a stream that has failed from ending the program.
      if (this.#failure !== undefined) this.#stream.on('error', () => {});
      if (this.#fd !== undefined) await close(this.#fd);
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stream.destroyed) throw new CannotWriteError(this.#name, new Error('the stream was closed'));
  }

  async #drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#draining = undefined;
        this.#stream.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.#stream.on('drain', done).on('close', done).on('error', done);
    });
    this.#check();
  }

  readonly #onError = (error: unknown): void => {
    this.#failure ??= new CannotWriteError(this.#name, error);
  };
}
