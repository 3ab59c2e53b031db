import type { ColumnDescription } from '../../src/columns.ts';
import { eventPlaces } from '../../src/formats/arrow/eventTable.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { follow } from '../terminal/watchedValues.ts';

/** Makes rows of the table of events out of the reports that a run's rows carry. */
export class EventRows {
  readonly #paths: readonly (readonly string[])[];

  constructor(columns: readonly ColumnDescription[]) {
    this.#paths = eventPlaces(columns).map(({ path }) => path);
  }

  /** Events that a row can have at most. */
  get most(): number {
    return this.#paths.length;
  }

  /** The events of a row; undefined where it has none, which is nearly always. @param number of the row, from 0 */
  of(row: Row, number: number): Row[] | undefined {
    let events: Row[] | undefined;
    for (const path of this.#paths) {
      const report = follow(row, path);
      if (report === null || report === undefined) continue;
      events ??= [];
      events.push(eventRow(row.step, number, path, report as { readonly [field: string]: unknown }));
    }
    return events;
  }
}

/** What somebody asked of the training after a row. */
export function controlRow(step: number, row: number, message: ControlMessage): Row {
  const value = message.type === 'setLearningRate' ? message.value : null;
  return { step, row, kind: 'control', control: { action: message.type, value } } as Row;
}

function eventRow(
  step: number,
  row: number,
  path: readonly string[],
  report: { readonly [field: string]: unknown },
): Row {
  const { kind, state, begin, confirmedAt, verdict, evidence } = report;
  const [root, ...inner] = path as [string, ...string[]];
  return {
    step,
    row,
    detector: root,
    kind: textOf(kind) ?? root,
    state: textOf(state),
    begin: numberOf(begin),
    confirmedAt: numberOf(confirmedAt),
    verdict: textOf(verdict),
    evidence: textOf(evidence),
    [root]: inner.reduceRight<unknown>((within, name) => ({ [name]: within }), report),
  } as Row;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
