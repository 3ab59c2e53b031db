import type uPlot from 'uplot';
import { axisKind } from './axes.ts';
import { placeLabel, placeTicks } from './chartTicks.ts';
import type { Mark } from './decimate.ts';
import { drawBands, drawMarkers } from './eventMarks.ts';
import { drawExcess, drawLimit } from './excess.ts';
import { formatNumber } from './format.ts';
import type { DrawnBand, Line } from './line.ts';
import type { Panel } from './panels.ts';
import type { PlacedEvent } from './placedEvent.ts';
import type { Scene } from './scene.ts';
import { drawSeedBands } from './seedBands.ts';
import { color } from './theme.ts';
import { linearTicks, logTicks } from './ticks.ts';
import { drawUndrawable } from './undrawableMarks.ts';

const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';

/** What a plot draws, as of now: asked for at each drawing. */
export interface Plotted {
  readonly scene: Scene;
  readonly panel: Panel;
  readonly lines: readonly Line[];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly marks: readonly Mark[];
  readonly events: readonly PlacedEvent[];
  readonly bands: readonly DrawnBand[];
  /** The cursor moved to a place, or left. */
  readonly cursorAt: (x: number | undefined) => void;
  /** Whether the points of a line lie so far apart that one wants to see where they are. */
  readonly isSparse: (line: Line, plot: uPlot, index: number) => boolean;
}

/** How uPlot draws a panel. @param now what is drawn, which changes while the plot stays */
export function plotOptions(now: Plotted, width: number, height: number): uPlot.Options {
  const { panel, scene, lines } = now;
  const { logarithmic } = panel;
  return {
    width,
    height,
    padding: [18, 10, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [...now.x] },
      y: { distr: logarithmic ? 3 : 1, range: () => [...now.y] },
    },
    axes: [
      axis({
        size: 24,
        splits: (u, _axis, min, max) => placeTicks(scene.axis, min, max, u.width / 85),
        values: (_u, splits) => splits.map((tick) => placeLabel(scene.axis, tick)),
      }),
      axis({
        size: 52,
        splits: (u, _axis, min, max) => (logarithmic ? logTicks : linearTicks)(min, max, u.height / 34),
        // uPlot thins out the labels of a logarithmic axis by itself: these ticks have been chosen already.
        filter: (_u, splits) => splits,
        values: (_u, splits) => splits.map((tick) => formatNumber(tick, 6)),
      }),
    ],
    series: [{}, ...lines.map((line) => lineOptions(line, now))],
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: {
        key: 'onager',
        setSeries: false,
        scales: ['x', null],
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
      },
      bind: {
        dblclick: () => () => {
          scene.reset();
          return null;
        },
      },
    },
    hooks: {
      drawAxes: [
        (u) => {
          const { focus } = scene;
          drawBands(
            u,
            now.events.filter(({ record }) => record === focus),
            scene.selected,
          );
          drawSeedBands(u, now.bands);
          if (panel.excess && scene.shown.length === 1) drawExcess(u);
          if (panel.limit !== undefined) drawLimit(u, panel.limit);
        },
      ],
      draw: [
        (u) => {
          drawUndrawable(u, now.marks);
          drawMarkers(u, now.events, panel.peaks);
          drawAxisName(u, axisKind(scene.axis).label);
        },
      ],
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          now.cursorAt(left < 0 ? undefined : u.posToVal(left, 'x'));
        },
      ],
      setSelect: [
        (u) => {
          const { left, width: selected } = u.select;
          if (selected < 1) return;
          const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + selected, 'x')];
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          scene.zoom(from, to);
        },
      ],
    },
  };
}

/**
 * How wide a line is drawn. Where it has more points than there are columns of pixels, it is as wide as one: that looks
 * the same, and a browser draws it in half the time.
 */
export function lineWidth({ form }: Line, points: number, columns: number): number {
  return form === 'behind' || form === 'partial' || points > 2 * columns ? 1 : 1.5;
}

function lineOptions(line: Line, now: Plotted): uPlot.Series {
  const stroke = color(line.color);
  return {
    label: line.label,
    stroke,
    width: lineWidth(line, 0, 1),
    ...(line.form === 'behind' ? { alpha: 0.3 } : {}),
    ...(line.form === 'partial' ? { alpha: 0.75 } : {}),
    ...(line.dash.length > 0 ? { dash: line.dash.map((length) => length * devicePixelRatio) } : {}),
    points: {
      show: (u, index) => /^(plain|mean|behind)$/.test(line.form) && now.isSparse(line, u, index),
      size: 4,
      fill: stroke,
    },
  };
}

function axis(own: uPlot.Axis): uPlot.Axis {
  return {
    font: FONT,
    gap: 4,
    stroke: color('muted'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { show: false },
    ...own,
  };
}

/** Names the x axis in the free corner under the y axis, where it takes no room from the plot. */
function drawAxisName({ ctx, bbox }: uPlot, name: string): void {
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = color('muted');
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  ctx.fillText(name, bbox.left - 18 * ratio, bbox.top + bbox.height + 4 * ratio);
  ctx.restore();
}
