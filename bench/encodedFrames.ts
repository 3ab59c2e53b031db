import { Field, Float64, Int32, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import type { Row } from '../src/step.ts';
import { liveFields } from './liveRows.ts';

/** Rows of a frame: what makes about 256 kB of it. */
const FRAME_ROWS = { json: 512, arrow: 2048 } as const;

/** Columns that are filled before the clock starts, and how the bare libraries write frames of them. */
export class EncodedFrames {
  readonly #columns: readonly (Float64Array | Int32Array)[];
  readonly #rows: number;

  constructor(rows: readonly Row[]) {
    this.#rows = rows.length;
    this.#columns = liveFields.map((name) => {
      const values = rows.map((row) => (row as unknown as Record<string, number>)[name]!);
      return name === 'step' ? Int32Array.from(values) : Float64Array.from(values);
    });
  }

  *of(encoding: 'json' | 'arrow'): Generator<Buffer> {
    const size = FRAME_ROWS[encoding];
    for (let from = 0; from < this.#rows; from += size) {
      const parts = this.#columns.map((column) => column.subarray(from, from + size));
      yield encoding === 'json' ? asJson(from, parts) : asArrow(parts);
    }
  }
}

function asJson(from: number, parts: readonly (Float64Array | Int32Array)[]): Buffer {
  const columns = Object.fromEntries(liveFields.map((name, index) => [name, Array.from(parts[index]!)]));
  return Buffer.from(JSON.stringify({ type: 'rows', from, count: parts[0]!.length, columns }));
}

function asArrow(parts: readonly (Float64Array | Int32Array)[]): Buffer {
  const children = parts.map((data) =>
    data instanceof Int32Array ? makeData({ type: new Int32(), data }) : makeData({ type: new Float64(), data }),
  );
  const fields = liveFields.map((name, index) => new Field(name, children[index]!.type, false));
  const struct = makeData({ type: new Struct(fields), length: parts[0]!.length, children });
  const writer = new RecordBatchStreamWriter();
  writer.write(new RecordBatch(new Schema(fields), struct));
  return Buffer.from(writer.finish().toUint8Array(true));
}
