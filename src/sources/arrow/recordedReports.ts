import { columnKey, type EventReport } from '../../formats/webSocket/protocol.ts';
import type { Row } from '../../step.ts';
import { RecordedEvents } from './recordedEvents.ts';
import { valueAt } from './rowPath.ts';

/**
 * The events of a run folder as a live run reports them, those of its control among them.
 * @param path of the table of events; without one there are none
 * @throws {Error} when it is not one that toArrow wrote
 */
export async function recordedReports(path: string): Promise<EventReport[]> {
  const events = await RecordedEvents.open(path);
  if (events === undefined) return [];
  try {
    const reports: EventReport[] = [];
    let actions = 0;
    for (const [row, ofRow] of await events.of(0, Number.POSITIVE_INFINITY))
      for (const event of ofRow) {
        if (isControl(event)) reports.push({ group: 'control', begin: actions++, event: actionOf(event, row) });
        for (const { path } of events.places) {
          const report = valueAt(event, path) as { readonly [field: string]: unknown } | null | undefined;
          if (typeof report?.begin === 'number')
            reports.push({ group: columnKey(path), begin: report.begin, event: report });
        }
      }
    return reports;
  } finally {
    events.close();
  }
}

interface ControlRow extends Row {
  readonly control: { readonly action: string; readonly value: number | null };
}

function isControl(event: Row): event is ControlRow {
  return (event as Partial<ControlRow>).control != null;
}

function actionOf({ control: { action, value } }: ControlRow, row: number): EventReport['event'] {
  return { kind: 'control', action: { type: action, ...(value === null ? {} : { value }) }, accepted: true, row };
}
