import { type Data, DataType, type RecordBatch, Type } from 'apache-arrow';
import { type ColumnDescription, leafColumns } from '../../../src/columns.ts';
import { joinedColumns, readEventPlaces } from '../../../src/formats/arrow/eventTable.ts';
import { columnKey, JSON_PROTOCOL, type WireValue } from '../../../src/formats/webSocket/protocol.ts';
import type { RunMetadata } from '../../../src/run.ts';
import type { ArrowTable } from './arrowTable.ts';
import { actionsIn, eventsIn } from './batchEvents.ts';
import { RunRecord } from './runRecord.ts';

/** A run as it was recorded. */
export interface Recording {
  /** Of its file or its folder. */
  readonly name: string;
  /** Its rows: with their events where it is one file, without in a run folder. */
  readonly steps: ArrowTable;
  /** The events of a run folder, where they are at hand. */
  readonly events?: ArrowTable | undefined;
}

/** A run that was read, and what was wrong with the ends of its tables. */
export interface ReadRecording {
  readonly record: RunRecord;
  readonly cutOff: readonly string[];
}

/** Milliseconds after which the page gets to do something else. */
const AT_A_STRETCH = 40;

/**
 * Reads a recorded run and puts its events with its rows.
 * @param progress told how many rows there are so far
 * @throws {Error} saying what was expected, when there is no whole batch of rows, or the events cannot be those of the rows
 */
export async function readRecording(
  { name, steps, events }: Recording,
  progress: (rows: number) => void,
): Promise<ReadRecording> {
  const { file, pair } = steps;
  const record = new RunRecord({
    type: 'hello',
    protocol: JSON_PROTOCOL,
    run: `file-${[steps.name, file.lastModified, ...(pair === undefined ? [] : [pair])].join('-')}`,
    name: `${steps.run} (${name})`,
    metadata: metadataOf(steps.schema.metadata.get('onager.metadata')),
    columns: events === undefined ? steps.columns : columnsOfBoth(steps, events),
    startedAt: file.lastModified,
    rows: 0,
    from: 0,
  });
  record.state = 'complete';
  if (pair !== undefined && events === undefined) record.message = 'recorded, without its events';
  const cutOff: string[] = [];
  let rested = performance.now();
  try {
    for (const batch of await steps.batches()) {
      takeBatch(record, steps.columns, batch);
      if (performance.now() - rested < AT_A_STRETCH) continue;
      progress(record.rows);
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
  } catch {
    cutOff.push(`${steps.name} is damaged or cut off after ${record.rows} rows`);
  }
  if (record.rows === 0) throw new Error(`${steps.name} has no whole batch of rows`);
  if (events !== undefined && !(await takeEvents(record, events)))
    cutOff.push(`${events.name} is damaged or cut off after ${record.reports.length} events`);
  return { record, cutOff };
}

/** The columns of a run as they were before its events had a table of their own. */
function columnsOfBoth(steps: ArrowTable, events: ArrowTable): ColumnDescription[] {
  try {
    return joinedColumns(steps.columns, events.columns, readEventPlaces(events.eventPlaces));
  } catch (error) {
    throw new Error(`${events.name} is not of use: ${error instanceof Error ? error.message : error}`);
  }
}

/** Whether the table is whole. */
async function takeEvents(record: RunRecord, table: ArrowTable): Promise<boolean> {
  let actions = 0;
  try {
    for (const batch of await table.batches()) {
      const asked = actionsIn(batch, actions);
      actions += asked.length;
      record.takeEvents({ events: [...eventsIn(batch, table.columns), ...asked] });
    }
    return true;
  } catch {
    return false;
  }
}

function takeBatch(record: RunRecord, columns: readonly ColumnDescription[], batch: RecordBatch): void {
  const count = batch.numRows;
  const parts: Record<string, readonly WireValue[]> = {};
  for (const { path, column } of leafColumns(columns)) {
    if (column.type === 'utf8') continue;
    const read = readerOf(dataAt(batch, path));
    parts[columnKey(path)] = Array.from({ length: count }, (_, index) => read(index));
  }
  record.takeRows({ from: record.rows, count, columns: parts });
  record.takeEvents({ events: eventsIn(batch, columns) });
}

/** A column, the groups that it is in, and where in a row it stands: a vector has the values of all its elements. */
interface PlacedData {
  readonly data: Data;
  readonly groups: readonly Data[];
  readonly perRow: number;
  readonly place: number;
}

function dataAt(batch: RecordBatch, path: readonly string[]): PlacedData {
  let data: Data = batch.data as Data;
  const groups: Data[] = [];
  for (const name of path) {
    groups.push(data);
    if (DataType.isFixedSizeList(data.type))
      return { data: data.children[0]!, groups, perRow: data.type.listSize, place: Number(name) };
    const children = data.type.children as readonly { readonly name: string }[];
    data = data.children[children.findIndex((child) => child.name === name)]!;
  }
  return { data, groups, perRow: 1, place: 0 };
}

/** Reads one column; null is what was not computed: where its group was not, there is a 0 in its place that means nothing. */
function readerOf({ data, groups, perRow, place }: PlacedData): (index: number) => number | null {
  const { type, values, offset } = data;
  const numbers = values as ArrayLike<number>;
  const at = (index: number) => index * perRow + place;
  const value: (index: number) => number =
    type.typeId === Type.Bool ? (index) => bit(numbers, at(index) + offset) : (index) => numbers[at(index)]!;
  const sparse = groups.filter(({ nullCount }) => nullCount > 0);
  const some = data.nullCount > 0;
  if (sparse.length === 0 && !some) return value;
  return (index) =>
    sparse.every((group) => isValid(group, index)) && (!some || isValid(data, at(index))) ? value(index) : null;
}

function isValid({ nullBitmap, offset }: Data, index: number): boolean {
  return bit(nullBitmap, index + offset) === 1;
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
