import { Bool, type Data, Float64, Int32, makeData } from 'apache-arrow';
import type { ColumnType } from '../../src/columns.ts';
import { BUCKET_ROWS, CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS, type ColumnHistory } from './columnHistory.ts';
import { forgetAll, NumberBuckets, noExtremes, takeValue } from './numberBuckets.ts';
import { type Buckets, toWire, type WireValue } from './protocol.ts';

interface Chunk {
  readonly values: Float64Array;
  readonly present: Uint8Array;
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
      chunk = { values: new Float64Array(CHUNK_ROWS), present: new Uint8Array(CHUNK_ROWS) };
      this.#chunks[index] = chunk;
      this.#wholeBytes += CHUNK_BYTES;
    }
    chunk.values[row & CHUNK_MASK] = Number(value);
    chunk.present[row & CHUNK_MASK] = 1;
  }

  wire(from: number, to: number): WireValue[] | undefined {
    let some = false;
    const values: WireValue[] = [];
    for (let row = from; row < to; row++) {
      const chunk = this.#chunks[row >> CHUNK_BITS];
      if (chunk === undefined || chunk.present[row & CHUNK_MASK] === 0) {
        values.push(null);
        continue;
      }
      some = true;
      values.push(this.#wired(chunk.values[row & CHUNK_MASK]!));
    }
    return some ? values : undefined;
  }

  arrow(from: number, to: number): Data {
    const chunk = this.#chunks[from >> CHUNK_BITS];
    const length = to - from;
    const start = from & CHUNK_MASK;
    const values = chunk?.values.subarray(start, start + length) ?? new Float64Array(length);
    const fits = this.#type === 'int32' ? (value: number) => (value | 0) === value : () => true;
    const bits = new Uint8Array((length + 7) >> 3);
    let nulls = length;
    for (let index = 0; chunk !== undefined && index < length; index++) {
      if (chunk.present[start + index] === 0 || !fits(values[index]!)) continue;
      bits[index >> 3]! |= 1 << (index & 7);
      nulls--;
    }
    const shape = { length, nullCount: nulls, nullBitmap: nulls > 0 ? bits : null };
    if (this.#type === 'float64') return makeData({ type: new Float64(), ...shape, data: values });
    if (this.#type === 'int32') return makeData({ type: new Int32(), ...shape, data: Int32Array.from(values) });
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
