import { columnKey, fromWire, type Rows, type WireNumber, type WireValue } from '../../../sinks/websocket/protocol.ts';
import { type Column, type ColumnDescription, isGroup } from '../../columns.ts';
import type { Run } from '../../run.ts';
import type { Row } from '../../step.ts';

/** The rows of a frame as objects, groups nested; events are told apart from the rows, so their fields are null. */
export function* rowsOfFrame(frame: Rows, run: Run): Generator<Row> {
  for (let index = 0; index < frame.count; index++) {
    yield { ...fieldsOf(run.columns, [], frame, index), run } as unknown as Row;
  }
}

function fieldsOf(
  descriptions: readonly ColumnDescription[],
  path: readonly string[],
  frame: Rows,
  index: number,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const description of descriptions) {
    const { name } = description;
    if (!isGroup(description))
      fields[name] = readValue(description, frame.columns[columnKey([...path, name])]?.[index]);
    else if (description.role === 'event') fields[name] = null;
    else fields[name] = fieldsOf(description.columns, [...path, name], frame, index);
  }
  return fields;
}

function readValue({ type }: Column, value: WireValue | undefined): unknown {
  if (value === null || value === undefined) return null;
  return type === 'float64' || type === 'int32' ? fromWire(value as WireNumber) : value;
}
