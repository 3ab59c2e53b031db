import { type Drawn, decimate, type Points, type Window } from './decimate.ts';
import type { Panel, PanelSeries } from './panels.ts';
import type { RunRecord } from './runRecord.ts';
import type { Scene } from './scene.ts';
import { pointsOf, SeedGroup } from './seedGroup.ts';
import type { Series } from './series.ts';

/** One line of a chart: a series of one run, as it came or smoothed; or the mean over the seeds of a group. */
export interface Line {
  readonly of: RunRecord | SeedGroup;
  readonly series: PanelSeries;
  readonly label: string;
  /** Name of a colour variable. */
  readonly color: string;
  readonly dash: readonly number[];
  /** `partial`: the mean of those runs that there are, where they are not all. */
  readonly form: 'plain' | 'smooth' | 'behind' | 'mean' | 'partial';
}

/** What lies between the lowest and the highest of a group, or within its standard deviation. */
export interface Band {
  readonly group: SeedGroup;
  readonly key: string;
  readonly color: string;
}

/** The lower and the upper edge of a band break at the same places. */
export interface DrawnBand {
  readonly color: string;
  readonly low: Drawn;
  readonly high: Drawn;
}

const dashes = [[], [5, 4], [2, 3], [8, 3, 2, 3], [1, 4], [10, 4]] as const;

/** The lines of a panel. With several runs the colour tells the run, and the dashes the series. */
export function linesOf(panel: Panel, { shown, halfLife }: Scene): Line[] {
  return shown.flatMap(({ of, name, color }) =>
    panel.series.flatMap((series, index): Line[] => {
      const record = of instanceof SeedGroup ? of.records[0]! : of;
      if (record.series(series.key) === undefined) return [];
      const dash = color === undefined ? (series.dashed ? dashes[1] : dashes[0]) : dashes[index % dashes.length]!;
      const label = color === undefined ? series.label : `${name}, ${series.label}`;
      const line = { of, series, label, color: color ?? series.color, dash };
      // Behind a smoothed line is what it was made of, with every extreme.
      const behind: Line[] = halfLife > 0 ? [{ ...line, form: 'behind' }] : [];
      if (!(of instanceof SeedGroup)) return [...behind, { ...line, form: halfLife > 0 ? 'smooth' : 'plain' }];
      return [...behind, { ...line, form: 'partial' }, { ...line, form: 'mean' }];
    }),
  );
}

/** The bands of a panel: one for each series of each group that is shown by its mean. */
export function bandsOf(panel: Panel, { shown }: Scene): Band[] {
  return shown.flatMap(({ of, color }) =>
    of instanceof SeedGroup ? panel.series.map(({ key, color: own }) => ({ group: of, key, color: color ?? own })) : [],
  );
}

const nothing: Drawn = { x: [], y: [], marks: [] };

/** What of a line is drawn in a window of the x axis. */
export function drawnLine({ of, series: { key }, form }: Line, scene: Scene, window: Window): Drawn {
  const { axis, hidden, halfLife } = scene;
  if (hidden.has(key)) return nothing;
  const { logarithmic } = window;
  if (of instanceof SeedGroup) {
    const options = { axis, logarithmic, spreading: scene.spreading, halfLife: form === 'behind' ? 0 : halfLife };
    const { mean, partial } = of.spread(key, options);
    return { ...decimate(placed(form === 'partial' ? partial : mean), window), marks: [] };
  }
  if (!of.series(key)?.length || of.axis(axis) === undefined) return nothing;
  if (form !== 'smooth') return decimate(pointsOf(of, key, axis, 0, logarithmic), window);
  return { ...decimate(pointsOf(of, key, axis, halfLife, logarithmic), window), marks: [] };
}

/** What of a band is drawn in a window of the x axis: never smoothed, and with what of any run cannot be drawn. */
export function drawnBand({ group, key, color }: Band, scene: Scene, window: Window): DrawnBand {
  const { axis, hidden, spreading } = scene;
  if (hidden.has(key)) return { color, low: nothing, high: nothing };
  const { logarithmic } = window;
  const { low, high, undrawable } = group.spread(key, { axis, logarithmic, spreading, halfLife: 0 });
  const { marks } = decimate(placed(undrawable), window);
  return {
    color,
    low: { ...decimate(placed(low), window), marks },
    high: { ...decimate(placed(high), window), marks: [] },
  };
}

/** A series whose rows are places on the axis. */
function placed({ rows, y, length, blocks }: Series): Points {
  return { x: rows, y, length, blocks };
}

/** A band as closed outlines, one for each unbroken stretch: along the upper edge and back along the lower one. */
export function outlinesOf({ low, high }: DrawnBand): (readonly [x: number, y: number])[][] {
  const lower = stretches(low);
  return stretches(high).map((upper, index) => [...upper, ...(lower[index] ?? []).reverse()]);
}

function stretches({ x, y }: Drawn): (readonly [x: number, y: number])[][] {
  const found: (readonly [x: number, y: number])[][] = [];
  let open: (readonly [x: number, y: number])[] | undefined;
  for (let i = 0; i < x.length; i++) {
    const value = y[i];
    if (value === null || value === undefined) open = undefined;
    else if (open !== undefined) open.push([x[i]!, value]);
    else {
      open = [[x[i]!, value]];
      found.push(open);
    }
  }
  return found;
}
