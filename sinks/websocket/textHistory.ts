import { type Data, makeData, Utf8 } from 'apache-arrow';
import type { Buckets, WireValue } from '../../src/formats/webSocket/protocol.ts';
import { BUCKET_ROWS, CHUNK_BITS, CHUNK_MASK, CHUNK_ROWS, type ColumnHistory } from './columnHistory.ts';

type Text = string | null;

/** Texts have no extremes: of a bucket the first and the last are left. */
export class TextHistory implements ColumnHistory {
  readonly #chunks: (Text[] | undefined)[] = [];
  readonly #kept = new Map<number, string>();
  #first: Text[] = [];
  #last: Text[] = [];
  #size = BUCKET_ROWS;
  #thinnedChunks = 0;
  #wholeBytes = 0;
  #thinnedBytes = 0;
  #length = 0;
  #characters = 0;

  get jsonBytes(): number {
    return 8 + this.#characters / Math.max(1, this.#length);
  }

  get arrowBytes(): number {
    return 4 + this.#characters / Math.max(1, this.#length);
  }

  get bytes(): number {
    return this.#wholeBytes + this.#thinnedBytes;
  }

  get thinnedBytes(): number {
    return this.#thinnedBytes;
  }

  push(value: unknown): void {
    const text = typeof value === 'string' ? value : null;
    const index = this.#length++ >> CHUNK_BITS;
    this.#chunks[index] ??= [];
    this.#chunks[index].push(text);
    this.#wholeBytes += bytesOf(text);
    this.#characters += text?.length ?? 0;
  }

  wire(from: number, to: number): WireValue[] | undefined {
    const values = Array.from({ length: to - from }, (_, index) => this.at(from + index));
    return values.some((value) => value !== null) ? values : undefined;
  }

  arrow(from: number, to: number): Data {
    const length = to - from;
    const offsets = new Int32Array(length + 1);
    const bits = new Uint8Array((length + 7) >> 3);
    const texts: Buffer[] = [];
    let nulls = 0;
    for (let index = 0; index < length; index++) {
      const text = this.at(from + index);
      const bytes = Buffer.from(String(text ?? ''));
      texts.push(bytes);
      offsets[index + 1] = offsets[index]! + bytes.length;
      if (text === null) nulls++;
      else bits[index >> 3]! |= 1 << (index & 7);
    }
    const nullBitmap = nulls > 0 ? bits : null;
    return makeData({
      type: new Utf8(),
      length,
      nullCount: nulls,
      nullBitmap,
      valueOffsets: offsets,
      data: Buffer.concat(texts),
    });
  }

  buckets(first: number, to: number, size: number): Buckets | undefined {
    const firsts: Text[] = [];
    const lasts: Text[] = [];
    for (let begin = first; begin < to; begin += size) {
      const [one, other] = this.#ends(begin, Math.min(to, begin + size));
      firsts.push(one);
      lasts.push(other);
    }
    return firsts.some((text) => text !== null) ? { first: firsts, last: lasts } : undefined;
  }

  at(row: number): Text {
    return this.#kept.get(row) ?? this.#chunks[row >> CHUNK_BITS]?.[row & CHUNK_MASK] ?? null;
  }

  thinChunk(keep: readonly number[]): void {
    const index = this.#thinnedChunks;
    const begin = index << CHUNK_BITS;
    for (const row of keep) {
      const text = this.at(row);
      if (text === null) continue;
      this.#kept.set(row, text);
      this.#thinnedBytes += bytesOf(text) + 32;
    }
    for (let row = begin; row < begin + CHUNK_ROWS; row += this.#size) {
      const [first, last] = this.#ends(row, row + this.#size);
      this.#first.push(first);
      this.#last.push(last);
      this.#thinnedBytes += bytesOf(first) + bytesOf(last);
    }
    for (const text of this.#chunks[index] ?? []) this.#wholeBytes -= bytesOf(text);
    this.#chunks[index] = undefined;
    this.#thinnedChunks++;
  }

  coarsen(): void {
    const pairs = Array.from({ length: this.#first.length >> 1 }, (_, index) =>
      this.#ends(2 * index * this.#size, 2 * (index + 1) * this.#size),
    );
    for (const text of [...this.#first, ...this.#last]) this.#thinnedBytes -= bytesOf(text);
    this.#first = pairs.map(([first]) => first);
    this.#last = pairs.map(([, last]) => last);
    for (const text of [...this.#first, ...this.#last]) this.#thinnedBytes += bytesOf(text);
    this.#size *= 2;
  }

  #ends(from: number, to: number): readonly [Text, Text] {
    let first: Text = null;
    let last: Text = null;
    const thinnedTo = this.#thinnedChunks << CHUNK_BITS;
    for (let row = from; row < to; ) {
      const thinned = row < thinnedTo;
      const index = row / this.#size;
      first ??= thinned ? this.#first[index]! : this.at(row);
      last = (thinned ? this.#last[index]! : this.at(row)) ?? last;
      row += thinned ? this.#size : 1;
    }
    return [first, last];
  }
}

/** Bytes of a text and of the slot that points to it, nearly. */
function bytesOf(text: Text): number {
  return text === null ? 8 : 32 + 2 * text.length;
}
