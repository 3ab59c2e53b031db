import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { Schema } from 'apache-arrow';
import { disk } from '../../formats/arrow/disk.ts';
import type { Block } from '../../formats/arrow/fileParts.ts';
import { type Scan, scan, scanOn } from '../../formats/arrow/scan.ts';

/** An Arrow file of a run, read batch after batch: finished, growing, or cut off. */
export class RecordedTable {
  readonly fd: number;
  readonly #path: string;
  /** What is known of the file; its blocks are those since the look before. */
  #found: Scan;
  #size: number;
  #next = 0;

  /** @throws {Error} when the file cannot be read or is not one that toArrow wrote. */
  static async open(path: string): Promise<RecordedTable> {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      return new RecordedTable(path, fd, size, await scan(fd, size, disk));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  private constructor(path: string, fd: number, size: number, found: Scan) {
    this.#path = path;
    this.fd = fd;
    this.#size = size;
    this.#found = found;
  }

  get schema(): Schema {
    return this.#found.schema;
  }

  /** Whether whoever wrote it has said that nothing follows. */
  get ended(): boolean {
    return this.#found.ended;
  }

  /** Whether the path has another file by now: the same run, finished or taken up again, or another run. */
  get replaced(): boolean {
    const there = statSync(this.#path, { throwIfNoEntry: false });
    if (there === undefined) return false;
    const ours = fstatSync(this.fd);
    return there.ino !== ours.ino || there.dev !== ours.dev;
  }

  /** The next whole batch; undefined when there is none so far. */
  async next(): Promise<Block | undefined> {
    if (this.#next >= this.#found.blocks.length && !this.#found.ended) await this.#lookAgain();
    const block = this.#found.blocks[this.#next];
    if (block !== undefined) this.#next++;
    return block;
  }

  /**
   * Looks at what follows the last whole batch: nothing, the end, or a batch that is being written.
   * @returns whether it has become whole meanwhile, and {@link next} has it
   * @throws {Error} when it is none of these
   */
  async checkEnd(): Promise<boolean> {
    const { end, ended } = this.#found;
    if (ended || end >= this.#size) return false;
    const prefix = new Uint8Array(8);
    const read = await disk.read(this.fd, prefix, end);
    // A batch gets its first eight bytes last; a reader takes zeros for the end.
    if (read === 8 && prefix.every((byte) => byte === 0)) return false;
    // They may have come after it was looked at; as they are there, all of it is.
    await this.#lookAgain();
    const { blocks, rows, rowsCutOff, ended: endedNow } = this.#found;
    if (blocks.length > 0 || endedNow) return true;
    const lost = `${this.#size - end} bytes${rowsCutOff === undefined ? '' : `, ${rowsCutOff} rows`}`;
    throw new Error(
      `it is damaged or cut off after ${rows} rows (${lost} cannot be read); onager recover makes it whole`,
    );
  }

  /** A file that grows is looked at again, as a length read before and bytes read after may not agree. */
  async #lookAgain(): Promise<void> {
    const { size } = fstatSync(this.fd);
    // The first bytes of a batch come last, and do not make the file longer.
    if (size === this.#size && this.#found.end >= size) return;
    this.#size = size;
    this.#found = await scanOn({ ...this.#found, blocks: [] }, size, disk);
    this.#next = 0;
  }

  close(): void {
    closeSync(this.fd);
  }
}
