import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, type MonoTypeOperatorFunction } from 'rxjs';
import { toJsonLines } from '../sinks/jsonLines/toJsonLines.ts';
import { toTensorBoard } from '../sinks/tensorBoard/toTensorBoard.ts';
import type { Row } from '../src/step.ts';
import { writeEvent } from './eventFile.ts';
import { liveFields, liveRows } from './liveRows.ts';
import { type Pair, pairOf } from './pairs.ts';

// What is compared: rows that exist as objects, to a finished file. The bare writer calls the library that knows the bytes
// (JSON.stringify; protobuf and CRC-32C) for each row, and writes bundles of 64 kB.

const BUNDLE = 1 << 16;

export interface Rated extends Pair {
  readonly name: string;
  readonly rowsPerSecond: number;
}

/** Sinks beside the bare libraries, on the same rows. */
export async function benchSinks(count = 50_000): Promise<Rated[]> {
  const rows = liveRows(count);
  const directory = mkdtempSync(join(tmpdir(), 'onager-bench-'));
  const file = join(directory, 'bare');
  const through = async (sink: MonoTypeOperatorFunction<Row>, written: () => string) => {
    await lastValueFrom(from(rows).pipe(sink));
    const path = written();
    const { size } = statSync(path);
    rmSync(path);
    return size;
  };
  const lines = join(directory, 'run.jsonl');
  const folder = join(directory, 'events');
  try {
    const json = await pairOf(
      () => through(toJsonLines(lines), () => lines),
      async () => bareFile(file, rows, (row) => Buffer.from(`${JSON.stringify(plain(row))}\n`)),
    );
    const tensorBoard = await pairOf(
      () => through(toTensorBoard(folder), () => join(folder, readdirSync(folder)[0]!)),
      async () => bareFile(file, rows, (row) => writeEvent(row.step, Object.entries(plain(row)))),
    );
    return [
      { name: 'JSON lines sink / JSON.stringify', ...json, rowsPerSecond: json.perSecond * count },
      { name: 'TensorBoard sink / protobuf', ...tensorBoard, rowsPerSecond: tensorBoard.perSecond * count },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The fields of a row, without what it keeps for itself. */
function plain(row: Row): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const name of liveFields) fields[name] = (row as unknown as Record<string, number>)[name]!;
  return fields;
}

/** @returns bytes written */
function bareFile(path: string, rows: readonly Row[], bytesOf: (row: Row) => Buffer): number {
  const fd = openSync(path, 'w');
  let total = 0;
  let waiting: Buffer[] = [];
  let length = 0;
  const flush = () => {
    total += writeSync(fd, Buffer.concat(waiting));
    waiting = [];
    length = 0;
  };
  for (const row of rows) {
    const bytes = bytesOf(row);
    waiting.push(bytes);
    length += bytes.length;
    if (length >= BUNDLE) flush();
  }
  flush();
  closeSync(fd);
  return total;
}
