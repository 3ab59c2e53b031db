import * as fs from 'node:fs';
import {
  DataType,
  type Field,
  Message,
  type MessageHeader,
  type Schema,
  tableFromIPC,
  type Vector,
} from 'apache-arrow';
import type { ColumnDescription } from '../../src/columns.ts';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import type { Block } from '../../src/formats/arrow/fileParts.ts';
import { firstBuffer } from '../../src/formats/arrow/layout.ts';
import { encodeBatch, encodeSchema, endOfStream, prefixLength } from '../../src/formats/arrow/message.ts';
import { type Scan, scanNow } from '../../src/formats/arrow/scan.ts';
import type { Row } from '../../src/step.ts';
import { CannotWriteError } from './cannotWriteError.ts';
import type { Place } from './place.ts';
import { RowBatch } from './rowBatch.ts';

/** Batches at the begin of a stream, after its schema. */
export interface FirstBatches {
  readonly blocks: readonly Block[];
  readonly end: number;
  readonly rows: number;
}

/**
 * The rows of a file that an appended run keeps: those of steps before its first. The file may be finished, growing or
 * cut off, and stays as it is: what is kept is copied, a piece at a time, batch after batch as it stands; only where a
 * batch has rows of both kinds is it made anew.
 */
export class EarlierRows {
  readonly #fd: number;
  readonly #scan: Scan;
  readonly #schema: Schema;
  readonly #columns: readonly ColumnDescription[];
  readonly #disk: Disk;
  /** For each batch, which of its rows stay: all, none, or these. */
  readonly #kept: ('all' | readonly number[])[] = [];
  #rows = 0;

  /**
   * Looks at the steps and at nothing else; undefined when there is no file.
   * @throws {CannotWriteError} when it is not a file of the same columns, naming the first that differs.
   */
  static open(
    place: Place,
    schema: Schema,
    columns: readonly ColumnDescription[],
    before: number,
    disk: Disk,
  ): EarlierRows | undefined {
    if (!fs.existsSync(place.path)) return undefined;
    let fd: number | undefined;
    try {
      fd = fs.openSync(place.path, 'r');
      return new EarlierRows(fd, schema, columns, before, disk);
    } catch (error) {
      if (fd !== undefined) fs.closeSync(fd);
      throw new CannotWriteError(place.given, error, ', or another path');
    }
  }

  private constructor(fd: number, schema: Schema, columns: readonly ColumnDescription[], before: number, disk: Disk) {
    this.#fd = fd;
    this.#schema = schema;
    this.#columns = columns;
    this.#disk = disk;
    this.#scan = scanNow(fd, fs.fstatSync(fd).size, disk);
    checkSameColumns(this.#scan.schema.fields, schema.fields, '');
    for (const block of this.#scan.blocks) {
      const steps = this.#steps(block);
      const kept = Array.from(steps.keys()).filter((index) => steps[index]! < before);
      this.#kept.push(kept.length === steps.length ? 'all' : kept);
      this.#rows += kept.length;
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Writes them to another file, from `position` on. */
  copyTo(fd: number, position: number): FirstBatches {
    const blocks: Block[] = [];
    let end = position;
    for (const [index, block] of this.#scan.blocks.entries()) {
      const kept = this.#kept[index]!;
      if (kept === 'all') {
        const { metadataLength, bodyLength } = block;
        this.#copy(block, fd, end);
        blocks.push({ position: end, metadataLength, bodyLength });
        end += metadataLength + bodyLength;
      } else if (kept.length > 0) {
        const { bytes, metadataLength, bodyLength } = this.#part(block, kept);
        this.#disk.writeNow(fd, bytes, end);
        blocks.push({ position: end, metadataLength, bodyLength });
        end += bytes.length;
      }
    }
    return { blocks, end, rows: this.#rows };
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #steps({ position, metadataLength }: Block): Int32Array | Float64Array {
    const field = this.#scan.schema.fields.find(({ name }) => name === 'step');
    if (field === undefined) throw new Error("it has no column 'step': expected a file that toArrow wrote");
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
  #part({ position, metadataLength, bodyLength }: Block, kept: readonly number[]): ReturnType<typeof encodeBatch> {
    const message = this.#read(position, metadataLength + bodyLength);
    const table = tableFromIPC([encodeSchema(this.#schema).bytes, message, endOfStream]);
    const batch = new RowBatch(this.#columns, kept.length);
    for (const index of kept) {
      const values = this.#schema.fields.map(({ name }, column) => [name, valueAt(table.getChildAt(column)!, index)]);
      batch.append(Object.fromEntries(values) as Row);
    }
    return encodeBatch(batch.data(), batch.rows);
  }

  #read(position: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    if (this.#disk.readNow(this.#fd, bytes, position) < length)
      throw new Error('the file became shorter: expected that only this program writes to it');
    return bytes;
  }
}

/** A scalar, or a group as an object of its own. */
function valueAt(column: Vector, index: number): unknown {
  if (!DataType.isStruct(column.type)) return column.get(index);
  if (!column.isValid(index)) return null;
  const fields = column.type.children as readonly Field[];
  return Object.fromEntries(fields.map(({ name }, member) => [name, valueAt(column.getChildAt(member)!, index)]));
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
  return `${DataType.isStruct(type) ? 'a group' : type}${nullable ? ', nullable' : ''}`;
}
