import { type Drawn, decimate, type Window } from './decimate.ts';
import type { Panel, PanelSeries } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import type { Scene } from './scene.ts';
import { smoothed } from './smoothing.ts';

/** One line of a chart: a series of one run, as it came or smoothed. */
export interface Line {
  readonly record: RunRecord;
  readonly series: PanelSeries;
  readonly label: string;
  /** Name of a colour variable. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly form: 'plain' | 'smooth' | 'behind';
}

const dashes = [[], [5, 4], [2, 3], [8, 3, 2, 3], [1, 4], [10, 4]] as const;

/** The lines of a panel. With several runs the colour tells the run, and the dashes the series. */
export function linesOf(panel: Panel, { runs, halfLife }: Scene): Line[] {
  return runs.flatMap(({ record, color }) =>
    panel.series.flatMap((series, index): Line[] => {
      if (record.series(series.key) === undefined) return [];
      const dash = color === undefined ? (series.dashed ? dashes[1] : dashes[0]) : dashes[index % dashes.length]!;
      const label = color === undefined ? series.label : `${record.hello.name}, ${series.label}`;
      const line = { record, series, label, color: color ?? series.color, dash };
      // Behind a smoothed line is what it was made of, with every extreme.
      return halfLife > 0
        ? [
            { ...line, form: 'behind' },
            { ...line, form: 'smooth' },
          ]
        : [{ ...line, form: 'plain' }];
    }),
  );
}

const nothing: Drawn = { x: [], y: [], marks: [] };

/** What of a line is drawn in a window of the x axis. */
export function drawnLine({ record, series: { key }, form }: Line, scene: Scene, window: Window): Drawn {
  const raw = record.series(key)!;
  const { axis, hidden, halfLife } = scene;
  if (hidden.has(key) || raw.length === 0 || record.axis(axis) === undefined) return nothing;
  if (form !== 'smooth') return decimate(record.points(key, raw, axis), window);
  const smooth = smoothed(raw, halfLife, window.logarithmic);
  const { x, y } = decimate(record.points(`${key} smooth ${halfLife}`, smooth, axis), window);
  return { x, y, marks: [] };
}
