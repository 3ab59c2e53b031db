import type { Buckets, Gap, Rows, WireValue } from '../../src/formats/webSocket/protocol.ts';
import { BUCKET_ROWS, CHUNK_BITS, CHUNK_ROWS } from './columnHistory.ts';
import type { Frame, FrameMemory } from './frameMemory.ts';
import type { RunHistory } from './runHistory.ts';
import { encodeRows, encodeRunSchema } from './runRecordBatch.ts';

/** A frame carries about this many bytes of rows at most; more than one row may not exceed twice as many. */
const FRAME_BYTES = 256 * 1024;

/** How rows are written: as JSON, or as Arrow record batches. */
export type Encoding = 'json' | 'arrow';

/** The next frames for a reader, and its place behind them. */
export interface Piece {
  readonly frames: readonly Frame[];
  readonly to: number;
}

/** The rows of one run as frames, written once for all viewers that want the same. */
export class RunFrames {
  readonly history: RunHistory;
  readonly #memory: FrameMemory;

  constructor(history: RunHistory, memory: FrameMemory) {
    this.#memory = memory;
    this.history = history;
  }

  /** What an Arrow client gets once, before the first batch. */
  schema(): readonly Frame[] {
    return this.#remembered('schema', () => [
      text(JSON.stringify({ type: 'schema', run: this.history.id })),
      { data: encodeRunSchema(this.history), binary: true },
    ]);
  }

  /** The next rows from a place that is behind and not thinned. */
  rows(from: number, encoding: Encoding): Piece {
    // A power of two, so that frames of history begin at the same rows for everybody, and none crosses a chunk.
    const rowBytes = encoding === 'arrow' ? this.history.arrowRowBytes : this.history.rowBytes;
    const frameRows = 2 ** Math.max(0, Math.min(CHUNK_BITS, Math.floor(Math.log2(FRAME_BYTES / rowBytes))));
    let to = Math.min(this.history.rows, (Math.floor(from / frameRows) + 1) * frameRows);
    let frames = this.#rows(from, to, encoding);
    while (lengthOf(frames) > 2 * FRAME_BYTES && to - from > 1) {
      to = from + Math.ceil((to - from) / 2);
      frames = this.#rows(from, to, encoding);
    }
    return { frames, to };
  }

  /**
   * The next part of what is left of rows `from` to `to - 1`.
   * @param to a multiple of `size`, which is not smaller than the buckets of what is thinned
   */
  gap(from: number, to: number, size: number, reason: Gap['reason']): Piece {
    const bucketBytes = this.history.columns.length * 50;
    // Parts begin at the same rows for everybody.
    const part = size * 2 ** Math.max(0, Math.floor(Math.log2(FRAME_BYTES / bucketBytes)));
    let end = Math.min(to, (Math.floor(from / part) + 1) * part);
    const fewer = Math.max(1, Math.floor(FRAME_BYTES / this.history.rowBytes));
    const exact = this.history.eventRows(from, end);
    if (exact.length > fewer) end = Math.min(end, (Math.floor(exact[fewer]! / size) + 1) * size);
    return {
      frames: this.#remembered(`gap ${from} ${end} ${size} ${reason}`, () => [
        text(JSON.stringify(this.#gap(from, end, size, reason))),
      ]),
      to: end,
    };
  }

  /** Rows a bucket that let what is left of `missed` rows take `bytes` at most, as far as buckets can be that large. */
  bucketRowsFor(missed: number, bytes: number): number {
    let size = BUCKET_ROWS;
    while (size < CHUNK_ROWS && (missed / size) * this.history.columns.length * 50 > bytes) size *= 2;
    return size;
  }

  #rows(from: number, to: number, encoding: Encoding): readonly Frame[] {
    return this.#remembered(`${encoding} ${from} ${to}`, () => {
      const about = { type: 'rows', run: this.history.id, from, count: to - from } as const;
      if (encoding === 'json') return [text(JSON.stringify({ ...about, columns: this.#columns(from, to) }))];
      return [text(JSON.stringify(about)), { data: encodeRows(this.history, from, to), binary: true }];
    });
  }

  #columns(from: number, to: number): Rows['columns'] {
    const columns: Record<string, WireValue[]> = {};
    for (const { key, values } of this.history.columns) {
      const wire = values.wire(from, to);
      if (wire !== undefined) columns[key] = wire;
    }
    return columns;
  }

  #gap(from: number, to: number, size: number, reason: Gap['reason']): Gap {
    const first = from - (from % size);
    const columns: Record<string, Buckets> = {};
    const exactRows = this.history.eventRows(from, to);
    const exact: Record<string, WireValue[]> = {};
    for (const { key, values } of this.history.columns) {
      const left = values.buckets(first, to, size);
      if (left !== undefined) columns[key] = left;
      if (exactRows.length > 0) exact[key] = exactRows.map((row) => values.at(row));
    }
    return {
      type: 'gap',
      run: this.history.id,
      from,
      to,
      first,
      size,
      reason,
      columns,
      exact: { rows: exactRows, columns: exact },
    };
  }

  #remembered(what: string, write: () => readonly Frame[]): readonly Frame[] {
    return this.#memory.remembered(`${this.history.id} ${what}`, write);
  }
}

/** As bytes, so that it is turned into UTF-8 once for all. */
function text(json: string): Frame {
  return { data: Buffer.from(json), binary: false };
}

function lengthOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { data }) => sum + data.length, 0);
}
