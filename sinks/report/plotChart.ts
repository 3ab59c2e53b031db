import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { axisKind, placeText } from '../dashboard/page/axes.ts';
import { placeLabel, placeTicks } from '../dashboard/page/chartTicks.ts';
import type { Drawn, Mark } from '../dashboard/page/decimate.ts';
import { type DrawnPanel, drawnPanel } from '../dashboard/page/drawnPanel.ts';
import { toneOf } from '../dashboard/page/eventTone.ts';
import { formatNumber } from '../dashboard/page/format.ts';
import { bandsOf, type Line, linesOf, outlinesOf } from '../dashboard/page/line.ts';
import type { Panel } from '../dashboard/page/panels.ts';
import type { PlacedEvent } from '../dashboard/page/placedEvent.ts';
import type { Scene } from '../dashboard/page/scene.ts';
import { linearTicks, logTicks } from '../dashboard/page/ticks.ts';
import { symbolOf } from './eventSymbol.ts';

export const WIDTH = 860;
export const HEIGHT = 230;
const margin = { marginLeft: 62, marginRight: 10, marginTop: 22, marginBottom: 24 } as const;
const inner = {
  width: WIDTH - margin.marginLeft - margin.marginRight,
  height: HEIGHT - margin.marginTop - margin.marginBottom,
};

/**
 * A panel as SVG, drawn by Observable Plot: the same lines, bands and marks as on the page, with the smallest and the
 * largest value of every bucket of pixels, so that no spike is lost. Colours are the variables of the page.
 */
export function plotChart(panel: Panel, scene: Scene): string {
  const lines = linesOf(panel, scene);
  // Twice as many buckets as units: a figure is printed finer than it is shown.
  const drawn = drawnPanel(panel, scene, { lines, bands: bandsOf(panel, scene), buckets: 2 * inner.width });
  const [left, right] = drawn.x;
  const [low, high] = drawn.y;
  const { axis } = scene;
  const ticks = (panel.logarithmic ? logTicks : linearTicks)(low, high, 6);
  const places = placeTicks(axis, left, right, 7);
  const grid = { stroke: 'var(--grid)', strokeOpacity: 1 };
  const label = { fill: 'var(--muted)', fontSize: 11, tickSize: 0, label: null };
  const { document } = parseHTML('<html></html>');
  const chart = Plot.plot({
    document: document as unknown as Document,
    className: 'chart',
    ariaLabel: `${panel.title}, ${placeText(axis, left)} to ${placeText(axis, right)}`,
    width: WIDTH,
    height: HEIGHT,
    ...margin,
    x: { type: 'linear', domain: [left, right], axis: null },
    y: { type: panel.logarithmic ? 'log' : 'linear', domain: [low, high], axis: null },
    marks: [
      Plot.gridX(places, grid),
      Plot.gridY(ticks, grid),
      Plot.axisX(places, { ...label, tickFormat: (place: number) => placeLabel(axis, place) }),
      Plot.axisY(ticks, { ...label, tickFormat: (tick: number) => formatNumber(tick, 6) }),
      Plot.text([axisKind(axis).label], { ...label, frameAnchor: 'bottom-left', textAnchor: 'end', dx: -14, dy: 14 }),
      ...eventBands(scene),
      ...drawn.bands.flatMap((band) =>
        outlinesOf(band).map((outline) =>
          Plot.line(outline, {
            fill: `var(--${band.color})`,
            fillOpacity: 0.18,
            stroke: 'none',
            curve: 'linear-closed',
          }),
        ),
      ),
      ...limitOf(panel, drawn),
      ...lines.map((line, index) => plotLine(line, drawn.lines[index]!)),
      ...undrawable(drawn.marks),
      ...markers(scene.events, panel.peaks, drawn),
    ],
  });
  chart.setAttribute('role', 'img');
  return chart.outerHTML;
}

/** A line through the points; where one cannot be drawn it breaks, and a point alone is a dot. */
function plotLine({ color, dash, form }: Line, { x, y }: Drawn): Plot.Markish {
  return Plot.line(x, {
    x,
    y: y.map((value) => value ?? Number.NaN),
    stroke: `var(--${color})`,
    strokeWidth: form === 'behind' || form === 'partial' ? 0.9 : 1.4,
    strokeOpacity: form === 'behind' ? 0.3 : form === 'partial' ? 0.75 : 1,
    strokeLinecap: dash.length === 0 ? 'round' : 'butt',
    ...(dash.length === 0 ? {} : { strokeDasharray: dash.join(' ') }),
  });
}

/** From begin to end of each event of a run that is alone: bands of several would hide each other. */
function eventBands({ events, runs, range: [left, right] }: Scene): Plot.Markish[] {
  if (runs.length > 1) return [];
  const least = (right - left) / inner.width;
  return [...grouped(events, ({ event }) => toneOf(event))].map(([tone, some]) =>
    Plot.rect(some, {
      x1: 'from',
      // Seen from far away an event is less than a unit wide.
      x2: ({ from, to }: PlacedEvent) => Math.min(right, Math.max(to, from + least)),
      fill: `var(--${tone})`,
      fillOpacity: 0.12,
    }),
  );
}

/** A marker above the chart for each event, and where peaks are wanted a ring at its height. */
function markers(events: readonly PlacedEvent[], peaks: boolean, { y: [low, high] }: DrawnPanel): Plot.Markish[] {
  const looks = grouped(events, ({ event, color }) => `${symbolOf(event).symbol} ${color ?? toneOf(event)}`);
  return [...looks.values()].flatMap((some) => {
    const [{ event: first, color: own }] = some as [PlacedEvent];
    const { symbol, filled } = symbolOf(first);
    const paint = `var(--${own ?? toneOf(first)})`;
    const title = ({ event, record, color }: PlacedEvent) =>
      `${event.what} at step ${event.begin}${color === undefined ? '' : ` of ${record.hello.name}`}`;
    const above = { x: 'at', frameAnchor: 'top', dy: -9, r: 3.6, symbol, title } as const;
    const rings = peaks ? some.filter(({ event: { peak = Number.NaN } }) => peak >= low && peak <= high) : [];
    return [
      Plot.dot(some, { ...above, ...(filled ? { fill: paint } : { stroke: paint }) }),
      Plot.dot(rings, { x: 'at', y: ({ event }: PlacedEvent) => event.peak, r: 3.8, stroke: paint }),
    ];
  });
}

/** One mark of Plot for all that look the same. */
function grouped(events: readonly PlacedEvent[], look: (event: PlacedEvent) => string): Map<string, PlacedEvent[]> {
  const groups = new Map<string, PlacedEvent[]>();
  for (const event of events) {
    const same = groups.get(look(event));
    if (same === undefined) groups.set(look(event), [event]);
    else same.push(event);
  }
  return groups;
}

function limitOf({ limit }: Panel, { y: [low, high] }: DrawnPanel): Plot.Markish[] {
  if (limit === undefined || limit < low || limit > high) return [];
  return [Plot.ruleY([limit], { stroke: 'var(--vermilion)', strokeDasharray: '5 4' })];
}

/** A tick at the edge that each value left by. */
function undrawable(marks: readonly Mark[]): Plot.Markish[] {
  const length = inner.height - 9;
  const rule = (kinds: RegExp, inset: object) => {
    const some = marks.filter(({ kind }) => kinds.test(kind));
    return Plot.ruleX(some, { x: 'x', title: 'kind', stroke: 'var(--undrawable)', strokeWidth: 1.5, ...inset });
  };
  return [rule(/^(NaN|Infinity)$/, { insetBottom: length }), rule(/^(-Infinity|not positive)$/, { insetTop: length })];
}
