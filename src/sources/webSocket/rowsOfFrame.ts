import { columnKey, fromWire, type WireNumber } from '../../../sinks/websocket/protocol.ts';
import { type Column, type ColumnDescription, isGroup } from '../../columns.ts';
import type { Run } from '../../run.ts';
import type { Row } from '../../step.ts';
import { UnreadableFrame } from './serverMessage.ts';

/** The values of some rows, column by column, as JSON or Arrow has them. */
export interface FrameColumns {
  readonly [path: string]: readonly unknown[];
}

/**
 * The rows of a frame as objects, groups nested; events are told apart from the rows, so their fields are null.
 * @throws {UnreadableFrame} for a value that is not of its column's type
 */
export function* rowsOfFrame(count: number, columns: FrameColumns, run: Run): Generator<Row> {
  for (let index = 0; index < count; index++) {
    yield { ...fieldsOf(run.columns, [], columns, index), run } as unknown as Row;
  }
}

function fieldsOf(
  descriptions: readonly ColumnDescription[],
  path: readonly string[],
  columns: FrameColumns,
  index: number,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const description of descriptions) {
    const { name } = description;
    if (!isGroup(description)) fields[name] = readValue(description, columns[columnKey([...path, name])]?.[index]);
    else if (description.role === 'event') fields[name] = null;
    else fields[name] = fieldsOf(description.columns, [...path, name], columns, index);
  }
  return fields;
}

function readValue({ name, type }: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
    if (type === 'float64' || type === 'int32') return fromWire(value as WireNumber);
  }
  if (typeof value === 'string' && type === 'utf8') return value;
  if (typeof value === 'boolean' && type === 'bool') return value;
  throw new UnreadableFrame(`column ${name}: ${JSON.stringify(value)?.slice(0, 40)} is no ${type}`);
}
