import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Table, tableFromIPC, Vector } from 'apache-arrow';
import { afterAll } from 'vitest';

/** An empty directory for the tests of one file, gone when they are over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'onager-arrow-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function readArrow(path: string): Table {
  return tableFromIPC(readFileSync(path));
}

/** The rows of a table as plain objects. */
export function rowsOf(table: Table): Record<string, unknown>[] {
  const columns = table.schema.fields.map(({ name }, index) => [name, table.getChildAt(index)!] as const);
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, column]: readonly [string, Vector]) => [name, plain(column.get(row))])),
  );
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Vector) return Array.from(value, plain);
  return Object.fromEntries([...(value as Iterable<[string, unknown]>)].map(([name, inner]) => [name, plain(inner)]));
}

/** Whether a file has the footer of the random-access format. */
export function isFinished(path: string): boolean {
  const bytes = readFileSync(path);
  return bytes.subarray(0, 6).toString() === 'ARROW1' && bytes.subarray(-6).toString() === 'ARROW1';
}
