import type { ColumnType } from '../../src/columns.ts';
import { toWire, type WireValue } from './protocol.ts';

/** All values of one leaf column since the run began. */
export interface ColumnHistory {
  /** Puts what a row holds at the end; what is not of the column's type counts as null. */
  push(value: unknown): void;
  /** The values of rows `from` to `to - 1`, or undefined where all of them are null. */
  wire(from: number, to: number): WireValue[] | undefined;
}

export function columnHistory(type: ColumnType): ColumnHistory {
  return type === 'utf8' ? new TextHistory() : new NumberHistory(type === 'bool');
}

const CHUNK_BITS = 12;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;

interface Chunk {
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

/**
 * Numbers in chunks: growing copies nothing, so that no row of a long run costs a pause, and a chunk
 * without a value (a column of a rare cadence) costs no memory.
 */
class NumberHistory implements ColumnHistory {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #boolean: boolean;
  #length = 0;

  constructor(boolean: boolean) {
    this.#boolean = boolean;
  }

  push(value: unknown): void {
    const row = this.#length++;
    const index = row >> CHUNK_BITS;
    if (index === this.#chunks.length) this.#chunks.push(undefined);
    if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'bigint') return;
    this.#chunks[index] ??= { values: new Float64Array(CHUNK_ROWS), present: new Uint8Array(CHUNK_ROWS) };
    const chunk = this.#chunks[index];
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
      const value = chunk.values[row & CHUNK_MASK]!;
      values.push(this.#boolean ? value !== 0 : toWire(value));
    }
    return some ? values : undefined;
  }
}

class TextHistory implements ColumnHistory {
  readonly #values: (string | null)[] = [];

  push(value: unknown): void {
    this.#values.push(typeof value === 'string' ? value : null);
  }

  wire(from: number, to: number): WireValue[] | undefined {
    const values = this.#values.slice(from, to);
    return values.some((value) => value !== null) ? values : undefined;
  }
}
