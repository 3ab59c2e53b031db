import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { LineSplitter } from './lineSplitter.ts';

/** Some lines of a log, in order. */
export interface Piece {
  readonly lines: readonly string[];
  /** Number of the first of them in its file, from 1. */
  readonly first: number;
  /** Set when the log has begun anew before them: another file at the path, or the same one cut short. */
  readonly restarted?: 'rotated' | 'truncated';
}

export interface FollowOptions {
  /** Whether to wait for more at the end. */
  readonly follow: boolean;
  /** Milliseconds between two looks at a file at its end. */
  readonly poll: number;
  readonly signal: AbortSignal;
  /** Told once when there is no file yet. */
  readonly waiting?: () => void;
}

const chunkBytes = 1 << 18;
/** Bytes before the place of reading that must stay what they were. */
const tailBytes = 64;

/**
 * The lines of a file as it grows. It is looked at every so often, not watched, as network file systems tell nobody of
 * changes made elsewhere. Another file at the path (rotation) is read from its beginning once the old one has been read
 * to its end; so is a file that was cut short or written anew. A line counts once its line end is there, or at the end.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Piece> {
  const { follow, poll, signal, waiting } = options;
  let restarted: Piece['restarted'];
  for (let told = false; !signal.aborted; ) {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if (!follow || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (!told && restarted === undefined) waiting?.();
      told = true;
      await pause(poll, signal);
      continue;
    }
    try {
      const reader = new GrowingFile(file);
      restarted = yield* reader.pieces(path, options, restarted);
    } finally {
      await file.close();
    }
    if (restarted === undefined) return;
  }
}

class GrowingFile {
  readonly #file: FileHandle;
  readonly #splitter = new LineSplitter();
  #position = 0;
  #line = 1;
  #tail: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Returns why the file is to be opened anew; undefined at the end. */
  async *pieces(
    path: string,
    { follow, poll, signal }: FollowOptions,
    begun: Piece['restarted'],
  ): AsyncGenerator<Piece, Piece['restarted']> {
    const buffer = Buffer.alloc(tailBytes + chunkBytes);
    let restarted = begun;
    const piece = (lines: readonly string[]): Piece => {
      const made = { lines, first: this.#line, ...(restarted === undefined ? {} : { restarted }) };
      this.#line += lines.length;
      restarted = undefined;
      return made;
    };
    const { ino, dev } = await this.#file.stat();
    for (let lastLook = false; !signal.aborted; ) {
      const bytes = await this.#read(buffer);
      if (bytes === 'rewritten') return 'truncated';
      if (bytes.length > 0) {
        const lines = this.#splitter.push(bytes);
        if (lines.length > 0) yield piece(lines);
        continue;
      }
      const there = follow ? await stat(path).catch(() => undefined) : undefined;
      const rotated = there !== undefined && (there.ino !== ino || there.dev !== dev);
      // What was written between the last look and the rotation is read first.
      if (rotated && !lastLook) {
        lastLook = true;
        continue;
      }
      if (!follow || rotated) {
        const last = this.#splitter.end();
        if (last !== undefined) yield piece([last]);
        return rotated ? 'rotated' : undefined;
      }
      await pause(poll, signal);
    }
    return undefined;
  }

  /**
   * What follows the place of reading, which is moved on; read together with the bytes before it, to see that these are
   * the same.
   */
  async #read(buffer: Buffer): Promise<Buffer | 'rewritten'> {
    const tail = this.#tail;
    const { bytesRead } = await this.#file.read(buffer, 0, tail.length + chunkBytes, this.#position - tail.length);
    if (bytesRead < tail.length || !buffer.subarray(0, tail.length).equals(tail)) return 'rewritten';
    const bytes = buffer.subarray(tail.length, bytesRead);
    this.#position += bytes.length;
    this.#tail = Buffer.from(buffer.subarray(Math.max(0, bytesRead - tailBytes), bytesRead));
    return bytes;
  }
}

export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}
