import * as fs from 'node:fs';
import { DataType, type Field, Message, type MessageHeader, type Schema } from 'apache-arrow';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import type { Block } from '../../src/formats/arrow/fileParts.ts';
import { firstBuffer } from '../../src/formats/arrow/layout.ts';
import { type EncodedMessage, prefixLength } from '../../src/formats/arrow/message.ts';
import { type Scan, scanNow } from '../../src/formats/arrow/scan.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import { joinedBatch } from './joinedBatch.ts';
import type { Place } from './place.ts';

/** Batches at the begin of a stream, after its schema. */
export interface FirstBatches {
  readonly blocks: readonly Block[];
  readonly end: number;
  readonly rows: number;
}

/** Which rows an appended run keeps: those whose number in a column is below another. */
export interface RowsBefore {
  readonly column: string;
  readonly below: number;
}

/**
 * The rows of a file that an appended run keeps: those of steps before its first. The file may be finished, growing or
 * cut off, and stays as it is: what is kept is copied, a piece at a time, batch after batch as it stands; only where a
 * batch has rows of both kinds is it made anew.
 */
export class EarlierRows {
  readonly #fd: number;
  readonly #scan: Scan;
  readonly #disk: Disk;
  /** For each batch, which of its rows stay: all, none, or these. */
  readonly #kept: ('all' | readonly number[])[] = [];
  #rows = 0;
  #leading = true;

  /**
   * Looks at that column and at nothing else; undefined when there is no file.
   * @throws {CannotWriteError} when it is not a file of the same columns, naming the first that differs.
   */
  static open(place: Place, schema: Schema, before: RowsBefore, disk: Disk): EarlierRows | undefined {
    if (!fs.existsSync(place.path)) return undefined;
    let fd: number | undefined;
    try {
      fd = fs.openSync(place.path, 'r');
      return new EarlierRows(fd, schema, before, disk);
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      throw new CannotWriteError(place.given, error, ', or another path');
    }
  }

  private constructor(fd: number, schema: Schema, { column, below }: RowsBefore, disk: Disk) {
    this.#fd = fd;
    this.#disk = disk;
    this.#scan = scanNow(fd, fs.fstatSync(fd).size, disk);
    checkSameColumns(this.#scan.schema.fields, schema.fields, '');
    let before = 0;
    for (const block of this.#scan.blocks) {
      const numbers = this.#numbers(block, column);
      const kept = Array.from(numbers.keys()).filter((index) => numbers[index]! < below);
      this.#kept.push(kept.length === numbers.length ? 'all' : kept);
      this.#leading &&= kept.length === 0 || (this.#rows === before && kept.at(-1) === kept.length - 1);
      before += numbers.length;
      this.#rows += kept.length;
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether they are the first rows of the file, so that each has the number that it had. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Writes them to another file, from `position` on. */
  copyTo(fd: number, position: number): FirstBatches {
    const blocks: Block[] = [];
    let end = position;
    for (const [index, block] of this.#scan.blocks.entries()) {
      const kept = this.#kept[index]!;
      if (kept === 'all') {
        const { metadataLength, bodyLength, rows } = block;
        this.#copy(block, fd, end);
        blocks.push({ position: end, metadataLength, bodyLength, rows });
        end += metadataLength + bodyLength;
      } else if (kept.length > 0) {
        const { bytes, metadataLength, bodyLength } = this.#part(block, kept);
        this.#disk.writeNow(fd, bytes, end);
        blocks.push({ position: end, metadataLength, bodyLength, rows: kept.length });
        end += bytes.length;
      }
    }
    return { blocks, end, rows: this.#rows };
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #numbers({ position, metadataLength }: Block, column: string): Int32Array | Float64Array {
    const field = this.#scan.schema.fields.find(({ name }) => name === column);
    if (field === undefined) throw new Error(`it has no column '${column}': expected a file that toArrow wrote`);
    const metadata = this.#read(position + prefixLength, metadataLength - prefixLength);
    const { buffers, length } = (Message.decode(metadata) as Message<MessageHeader.RecordBatch>).header();
    const wide = DataType.isFloat(field.type);
    // The validity comes first, the values after it.
    const { offset } = buffers[firstBuffer(this.#scan.schema, field) + 1]!;
    const values = this.#read(position + metadataLength + offset, length * (wide ? 8 : 4));
    return wide ? new Float64Array(values.buffer) : new Int32Array(values.buffer);
  }

  #copy({ position, metadataLength, bodyLength }: Block, fd: number, to: number): void {
    const length = metadataLength + bodyLength;
    for (let done = 0; done < length; ) {
      const piece = this.#read(position + done, Math.min(1 << 20, length - done));
      this.#disk.writeNow(fd, piece, to + done);
      done += piece.length;
    }
  }

  /** A batch of some of the rows of another. */
  #part({ position, metadataLength, bodyLength }: Block, kept: readonly number[]): EncodedMessage {
    const message = this.#read(position, metadataLength + bodyLength);
    const pieces: { message: Uint8Array; begin: number; end: number }[] = [];
    for (const index of kept) {
      const last = pieces.at(-1);
      if (last?.end === index) last.end++;
      else pieces.push({ message, begin: index, end: index + 1 });
    }
    return joinedBatch(this.#scan.schema, pieces);
  }

  #read(position: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    if (this.#disk.readNow(this.#fd, bytes, position) < length)
      throw new Error('the file became shorter: expected that only this program writes to it');
    return bytes;
  }
}

/** @throws {Error} naming the first column that is not the same in both. */
function checkSameColumns(there: readonly Field[], here: readonly Field[], path: string): void {
  for (let index = 0; index < Math.max(there.length, here.length); index++) {
    const [old, now] = [there[index], here[index]];
    const named = `column '${path}${(now ?? old)!.name}'`;
    if (old === undefined) throw new Error(`it has no ${named}: expected a file of the same columns`);
    if (now === undefined)
      throw new Error(`it has a ${named}, and this run has not: expected a file of the same columns`);
    if (old.name !== now.name)
      throw new Error(
        `it has a column '${path}${old.name}' in place of the ${named}: expected a file of the same columns`,
      );
    const [before, after] = [kindOf(old), kindOf(now)];
    if (before !== after) throw new Error(`its ${named} is ${before}: expected ${after}`);
    checkSameColumns(old.type.children ?? [], now.type.children ?? [], `${path}${now.name}.`);
  }
}

function kindOf({ type, nullable }: Field): string {
  const kind = DataType.isStruct(type)
    ? 'a group'
    : DataType.isFixedSizeList(type)
      ? `a vector of ${type.listSize}`
      : type;
  return `${kind}${nullable ? ', nullable' : ''}`;
}
