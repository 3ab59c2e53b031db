import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { axisKind } from './axes.ts';
import type { Panel } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import type { Scene } from './scene.ts';
import { firstAtOrAfter, type Series } from './series.ts';

/** Rows of which the text is made at a time: one string of a million rows would be too long. */
const AT_A_TIME = 10_000;

/** Every point of a chart in the part of the axis that is shown, none thinned out: run, series, step, place, value. */
export function csvOfChart({ runs, axis, range, hidden }: Scene, panel: Panel): string {
  const { column } = axisKind(axis);
  const extra = column === 'time' || column === 'seconds' ? [column] : [];
  const lines = [['run', 'series', 'step', ...extra, 'value'].join(',')];
  for (const { record } of runs) {
    for (const { key } of panel.series) {
      const series = record.series(key);
      if (series === undefined || hidden.has(key) || record.axis(axis) === undefined) continue;
      const points = record.points(key, series, axis);
      const end = firstAtOrAfter(points.x, points.length, range[1]);
      for (let i = firstAtOrAfter(points.x, points.length, range[0]); i < points.length; i++) {
        if (i >= end && points.x[i]! > range[1]) break;
        const at = extra.map((id) => record.axis(id)!.x[series.rows[i]!]!);
        const step = record.stepOfRow(series.rows[i]!);
        lines.push([quoted(record.hello.name), quoted(key), step, ...at, series.y[i]!].join(','));
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Every number of whole runs, in pieces: a line a row, a column a series, empty where nothing was measured. Of rows that
 * came by their extremes, those; a row may then have several lines.
 */
export function* csvOfRuns(records: readonly RunRecord[]): Generator<string> {
  const keys = [...new Set(records.flatMap(({ leaves }) => leaves.map(({ path }) => columnKey(path))))].filter(
    (key) => key !== 'step' && records.some((record) => record.series(key)?.length),
  );
  yield `${['run', 'step', ...keys].map(quoted).join(',')}\n`;
  for (const record of records) {
    const name = quoted(record.hello.name);
    const columns = keys.map((key) => new Cursor(record.series(key)));
    for (let from = 0; from < record.rows; from += AT_A_TIME) {
      let text = '';
      for (let row = from; row < Math.min(record.rows, from + AT_A_TIME); row++) {
        do {
          text += `${name},${record.stepOfRow(row)}`;
          for (const column of columns) text += `,${column.take(row)}`;
          text += '\n';
        } while (columns.some((column) => column.has(row)));
      }
      yield text;
    }
  }
}

/** Goes through the values of a series row by row. */
class Cursor {
  readonly #series: Series | undefined;
  #next = 0;

  constructor(series: Series | undefined) {
    this.#series = series;
  }

  /** Whether there is a value of a row that was not taken yet. */
  has(row: number): boolean {
    return this.#series !== undefined && this.#next < this.#series.length && this.#series.rows[this.#next] === row;
  }

  /** The next value of a row, or nothing. */
  take(row: number): number | '' {
    return this.has(row) ? this.#series!.y[this.#next++]! : '';
  }
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
