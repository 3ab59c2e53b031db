import { Bool, type Data, Float64, Int32, makeData } from 'apache-arrow';
import type { ColumnType } from '../../src/columns.ts';
import { type Buckets, toWire, type WireValue } from '../../src/formats/webSocket/protocol.ts';
import { BUCKET_ROWS, CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS, type ColumnHistory } from './columnHistory.ts';
import { forgetAll, NumberBuckets, noExtremes, takeValue } from './numberBuckets.ts';

interface Chunk {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** How many of its rows have a value that the column's type can hold. */
  fitting: number;
  /** Made when a client has missed the chunk, or memory runs short. */
  buckets?: NumberBuckets;
}

const CHUNK_BYTES = CHUNK_ROWS * 9;

/**
 * Numbers in chunks: growing copies nothing, so that no row of a long run costs a pause, and a chunk
 * without a value (a column of a rare cadence) costs no memory.
 */
export class NumberHistory implements ColumnHistory {
  readonly jsonBytes = 20;
  readonly arrowBytes = 8;
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #type: Exclude<ColumnType, 'utf8'>;
  readonly #thinned = new NumberBuckets(BUCKET_ROWS);
  /** Values of thinned rows that stay as they were. */
  readonly #kept = new Map<number, number>();
  readonly #extremes = noExtremes();
  #thinnedChunks = 0;
  #wholeBytes = 0;
  #length = 0;

  constructor(type: Exclude<ColumnType, 'utf8'>) {
    this.#type = type;
  }

  get bytes(): number {
    return this.#wholeBytes + this.thinnedBytes;
  }

  get thinnedBytes(): number {
    return this.#thinned.bytes + this.#kept.size * 40;
  }

  push(value: unknown): void {
    const row = this.#length++;
    const index = row >> CHUNK_BITS;
    if (index === this.#chunks.length) this.#chunks.push(undefined);
    if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'bigint') return;
    let chunk = this.#chunks[index];
    if (chunk === undefined) {
      chunk = { values: new Float64Array(CHUNK_ROWS), present: new Uint8Array(CHUNK_ROWS), fitting: 0 };
      this.#chunks[index] = chunk;
      this.#wholeBytes += CHUNK_BYTES;
    }
    const number = Number(value);
    chunk.values[row & CHUNK_MASK] = number;
    chunk.present[row & CHUNK_MASK] = 1;
    if (this.#fits(number)) chunk.fitting++;
  }

  wire(from: number, to: number): WireValue[] | undefined {
    const index = from >> CHUNK_BITS;
    const chunk = this.#chunks[index];
    if (
      this.#type !== 'bool' &&
      chunk !== undefined &&
      this.#isWhole(chunk, from) &&
      (to - 1) >> CHUNK_BITS === index
    ) {
      const numbers: WireValue[] = Array.from(
        chunk.values.subarray(from & CHUNK_MASK, (from & CHUNK_MASK) + to - from),
      );
      for (let i = 0; i < numbers.length; i++) {
        const value = numbers[i] as number;
        if (value - value !== 0) numbers[i] = toWire(value);
      }
      return numbers;
    }
    const values = Array.from({ length: to - from }, (_, row) => this.at(from + row));
    return values.some((value) => value !== null) ? values : undefined;
  }

  arrow(from: number, to: number): Data {
    const chunk = this.#chunks[from >> CHUNK_BITS];
    const length = to - from;
    const start = from & CHUNK_MASK;
    const values = chunk?.values.subarray(start, start + length) ?? new Float64Array(length);
    const bits = this.#validity(chunk, from, to);
    const shape = { length, nullCount: bits?.nulls ?? 0, nullBitmap: bits?.bitmap ?? null };
    if (this.#type === 'float64') return makeData({ type: new Float64(), ...shape, data: values });
    if (this.#type === 'int32') return makeData({ type: new Int32(), ...shape, data: new Int32Array(values) });
    const truths = new Uint8Array((length + 7) >> 3);
    for (let index = 0; index < length; index++) if (values[index] !== 0) truths[index >> 3]! |= 1 << (index & 7);
    return makeData({ type: new Bool(), ...shape, data: truths });
  }

  buckets(first: number, to: number, size: number): Buckets | undefined {
    const min: (number | null)[] = [];
    const max: (number | null)[] = [];
    const minRow: (number | null)[] = [];
    const maxRow: (number | null)[] = [];
    const marks: number[] = [];
    let some = false;
    let marked = false;
    for (let begin = first; begin < to; begin += size) {
      const found = this.#extremesOf(begin, Math.min(to, begin + size));
      const finite = found.minRow >= 0;
      min.push(finite ? found.min : null);
      minRow.push(finite ? found.minRow : null);
      max.push(finite ? found.max : null);
      maxRow.push(finite ? found.maxRow : null);
      marks.push(found.marks);
      some ||= finite || found.marks !== 0;
      marked ||= found.marks !== 0;
    }
    if (!some) return undefined;
    return { min, minRow, max, maxRow, ...(marked ? { marks } : {}) };
  }

  at(row: number): WireValue {
    const kept = this.#kept.get(row);
    if (kept !== undefined) return this.#wired(kept);
    const chunk = this.#chunks[row >> CHUNK_BITS];
    if (chunk === undefined || chunk.present[row & CHUNK_MASK] === 0) return null;
    return this.#wired(chunk.values[row & CHUNK_MASK]!);
  }

  thinChunk(keep: readonly number[]): void {
    const index = this.#thinnedChunks;
    const chunk = this.#chunks[index];
    const begin = index << CHUNK_BITS;
    for (const row of keep) {
      if (chunk?.present[row & CHUNK_MASK] === 1) this.#kept.set(row, chunk.values[row & CHUNK_MASK]!);
    }
    const { size } = this.#thinned;
    for (let row = begin; row < begin + CHUNK_ROWS; row += size) this.#thinned.push(this.#extremesOf(row, row + size));
    if (chunk !== undefined) this.#wholeBytes -= CHUNK_BYTES + (chunk.buckets?.bytes ?? 0);
    this.#chunks[index] = undefined;
    this.#thinnedChunks++;
  }

  coarsen(): void {
    this.#thinned.coarsen();
  }

  #fits(value: number): boolean {
    return this.#type !== 'int32' || (value | 0) === value;
  }

  /** Whether each row so far of the chunk with row `row` has a value that the column's type can hold. */
  #isWhole(chunk: Chunk, row: number): boolean {
    return chunk.fitting === Math.min(CHUNK_ROWS, this.#length - (row & ~CHUNK_MASK));
  }

  /** Which of some rows of a chunk have a value that fits; undefined where all have. */
  #validity(chunk: Chunk | undefined, from: number, to: number) {
    // Most columns have a value in each row: that is known without a look at them.
    if (chunk !== undefined && this.#isWhole(chunk, from)) return undefined;
    const begin = from & ~CHUNK_MASK;
    const bitmap = new Uint8Array((to - from + 7) >> 3);
    let nulls = to - from;
    for (let row = from; chunk !== undefined && row < to; row++) {
      if (chunk.present[row - begin] === 0 || !this.#fits(chunk.values[row - begin]!)) continue;
      bitmap[(row - from) >> 3]! |= 1 << ((row - from) & 7);
      nulls--;
    }
    return { bitmap, nulls };
  }

  #wired(value: number): WireValue {
    return this.#type === 'bool' ? value !== 0 : toWire(value);
  }

  /** The extremes of some rows; valid until the next call. */
  #extremesOf(from: number, to: number) {
    const extremes = this.#extremes;
    forgetAll(extremes);
    const thinnedTo = this.#thinnedChunks << CHUNK_BITS;
    let row = from;
    while (row < to) {
      if (row < thinnedTo) {
        this.#thinned.takeInto(extremes, row / this.#thinned.size, 0);
        row += this.#thinned.size;
        continue;
      }
      const begin = row & ~CHUNK_MASK;
      const chunk = this.#chunks[row >> CHUNK_BITS];
      if (chunk === undefined) row = begin + CHUNK_ROWS;
      else if (row % BUCKET_ROWS === 0 && row + BUCKET_ROWS <= to && begin + CHUNK_ROWS <= this.#length) {
        this.#bucketsOf(chunk).takeInto(extremes, (row - begin) / BUCKET_ROWS, begin);
        row += BUCKET_ROWS;
      } else {
        if (chunk.present[row - begin] === 1) takeValue(extremes, chunk.values[row - begin]!, row);
        row++;
      }
    }
    return extremes;
  }

  /** The buckets of a chunk that is full. */
  #bucketsOf(chunk: Chunk): NumberBuckets {
    if (chunk.buckets === undefined) {
      const buckets = new NumberBuckets(BUCKET_ROWS, CHUNK_ROWS / BUCKET_ROWS);
      const extremes = noExtremes();
      for (let begin = 0; begin < CHUNK_ROWS; begin += BUCKET_ROWS) {
        forgetAll(extremes);
        for (let row = begin; row < begin + BUCKET_ROWS; row++) {
          if (chunk.present[row] === 1) takeValue(extremes, chunk.values[row]!, row);
        }
        buckets.push(extremes);
      }
      chunk.buckets = buckets;
      this.#wholeBytes += buckets.bytes;
    }
    return chunk.buckets;
  }
}
