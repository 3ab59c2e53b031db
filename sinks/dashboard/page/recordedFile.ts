import { type Data, type RecordBatch, RecordBatchReader, type Schema, Type } from 'apache-arrow';
import { type ColumnDescription, eventGroups, leafColumns } from '../../../src/columns.ts';
import { columnKey, type EventReport, JSON_PROTOCOL, type WireValue } from '../../../src/formats/webSocket/protocol.ts';
import type { RunMetadata } from '../../../src/run.ts';
import { describedColumn } from '../../../src/sources/arrow/columnsOf.ts';
import { RunRecord } from './runRecord.ts';

/** A run read from a file, and what was wrong with the end of it. */
export interface RecordedFile {
  readonly record: RunRecord;
  readonly cutOff: string | undefined;
}

/** Milliseconds after which the page gets to do something else. */
const AT_A_STRETCH = 40;

/**
 * Reads a run that `toArrow` wrote: an Arrow stream or file, finished or cut off.
 * @param progress told how many rows there are so far
 * @throws {Error} saying what was expected, when there is no whole batch of rows in it
 */
export async function readRecordedFile(file: File, progress: (rows: number) => void): Promise<RecordedFile> {
  const reader = RecordBatchReader.from(streamIn(new Uint8Array(await file.arrayBuffer())));
  const schema = schemaOf(reader);
  if (schema === undefined) throw new Error(`${file.name} is not an Arrow file: expected one that toArrow wrote`);
  if (!schema.fields.some(({ name }) => name === 'step')) {
    throw new Error(`${file.name} has no column 'step': expected an Arrow file that toArrow wrote`);
  }
  const columns = schema.fields.map(describedColumn);
  const record = new RunRecord({
    type: 'hello',
    protocol: JSON_PROTOCOL,
    run: `file-${file.name}-${file.lastModified}`,
    name: `${schema.metadata.get('onager.run') ?? 'run'} (${file.name})`,
    metadata: metadataOf(schema.metadata.get('onager.metadata')),
    columns,
    startedAt: file.lastModified,
    rows: 0,
    from: 0,
  });
  record.state = 'complete';
  let cutOff: string | undefined;
  let rested = performance.now();
  try {
    for (const batch of reader) {
      takeBatch(record, columns, batch);
      if (performance.now() - rested < AT_A_STRETCH) continue;
      progress(record.rows);
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
  } catch {
    cutOff = `${file.name} is damaged or cut off after ${record.rows} rows`;
  }
  if (record.rows === 0) throw new Error(`${file.name} has no whole batch of rows`);
  return { record, cutOff };
}

/** Undefined where the bytes begin with none. */
function schemaOf(reader: RecordBatchReader): Schema | undefined {
  try {
    reader.open();
    const { schema } = reader as { readonly schema: Schema | undefined };
    return schema === undefined || schema.fields.length === 0 ? undefined : schema;
  } catch {
    return undefined;
  }
}

/** What of a file is a stream: all of it, or what stands behind the magic bytes of one that was finished. */
function streamIn(bytes: Uint8Array): Uint8Array {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 6)) === 'ARROW1' ? bytes.subarray(8) : bytes;
}

function takeBatch(record: RunRecord, columns: readonly ColumnDescription[], batch: RecordBatch): void {
  const count = batch.numRows;
  const parts: Record<string, readonly WireValue[]> = {};
  for (const { path, column } of leafColumns(columns)) {
    if (column.type === 'utf8') continue;
    const read = readerOf(...dataAt(batch, path));
    parts[columnKey(path)] = Array.from({ length: count }, (_, index) => read(index));
  }
  record.takeRows({ from: record.rows, count, columns: parts });
  record.takeEvents({ events: eventsOf(batch, columns) });
}

function eventsOf(batch: RecordBatch, columns: readonly ColumnDescription[]): EventReport[] {
  return eventGroups(columns).flatMap(({ path }) => {
    const reports: EventReport[] = [];
    let vector = batch.getChild(path[0]!);
    for (const name of path.slice(1)) vector = vector?.getChild(name) ?? null;
    if (vector === null || vector.nullCount === batch.numRows) return reports;
    const group = columnKey(path);
    for (let index = 0; index < batch.numRows; index++) {
      const value: { toJSON(): Record<string, unknown> } | null = vector.get(index);
      if (value === null) continue;
      const event = value.toJSON();
      if (typeof event.begin === 'number') reports.push({ group, begin: event.begin, event });
    }
    return reports;
  });
}

/** A column, and the groups that it is in. */
function dataAt(batch: RecordBatch, path: readonly string[]): [column: Data, groups: Data[]] {
  let data: Data = batch.data as Data;
  const groups: Data[] = [];
  for (const name of path) {
    groups.push(data);
    const children = data.type.children as readonly { readonly name: string }[];
    data = data.children[children.findIndex((child) => child.name === name)]!;
  }
  return [data, groups];
}

/** Reads one column; null is what was not computed: where its group was not, there is a 0 in its place that means nothing. */
function readerOf(data: Data, groups: readonly Data[]): (index: number) => number | null {
  const { type, values, offset } = data;
  const numbers = values as ArrayLike<number>;
  const value: (index: number) => number =
    type.typeId === Type.Bool ? (index) => bit(numbers, index + offset) : (index) => numbers[index]!;
  const sparse = [data, ...groups].filter(({ nullCount }) => nullCount > 0);
  if (sparse.length === 0) return value;
  return (index) =>
    sparse.every(({ nullBitmap, offset: from }) => bit(nullBitmap, index + from) === 1) ? value(index) : null;
}

function bit(bits: ArrayLike<number>, index: number): number {
  return (bits[index >> 3]! >> (index & 7)) & 1;
}

function metadataOf(text: string | undefined): RunMetadata {
  try {
    const metadata: unknown = JSON.parse(text ?? '{}');
    return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
      ? (metadata as RunMetadata)
      : {};
  } catch {
    // The rows are of use without.
    return {};
  }
}
