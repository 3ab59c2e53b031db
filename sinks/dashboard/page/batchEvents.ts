import { type RecordBatch, StructRow, Vector } from 'apache-arrow';
import { type ColumnDescription, eventGroups } from '../../../src/columns.ts';
import { columnKey, type EventReport } from '../../../src/formats/webSocket/protocol.ts';

/** The reports of events in a batch, which have the same names in the rows of a run and in a table of events. */
export function eventsIn(batch: RecordBatch, columns: readonly ColumnDescription[]): EventReport[] {
  return eventGroups(columns).flatMap(({ path }) => {
    const reports: EventReport[] = [];
    let vector = batch.getChild(path[0]!);
    for (const name of path.slice(1)) vector = vector?.getChild(name) ?? null;
    if (vector === null || vector.nullCount === batch.numRows) return reports;
    const group = columnKey(path);
    for (let index = 0; index < batch.numRows; index++) {
      const event = plain(vector.get(index)) as Record<string, unknown> | null;
      if (event === null) continue;
      if (typeof event.begin === 'number') reports.push({ group, begin: event.begin, event });
    }
    return reports;
  });
}

/** Groups and vectors as a live run tells them: objects and arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, plain);
  if (!(value instanceof StructRow)) return value;
  return Object.fromEntries(Object.entries(value.toJSON()).map(([name, inner]) => [name, plain(inner)]));
}

/**
 * What was asked of the run, as a live one reports it.
 * @param batch of a table of events
 * @param first number of the first of these actions within the run
 */
export function actionsIn(batch: RecordBatch, first: number): EventReport[] {
  const controls = batch.getChild('control');
  const rows = batch.getChild('row');
  const reports: EventReport[] = [];
  if (controls === null || rows === null || controls.nullCount === batch.numRows) return reports;
  for (let index = 0; index < batch.numRows; index++) {
    const control: { readonly action: string; readonly value: number | null } | null = controls.get(index);
    if (control === null) continue;
    const { action: type, value } = control;
    const action = { type, ...(value === null ? {} : { value }) };
    const event = { kind: 'control', action, accepted: true, row: rows.get(index) };
    reports.push({ group: 'control', begin: first + reports.length, event });
  }
  return reports;
}
