import { type AxisId, placeText } from '../dashboard/page/axes.ts';
import { axisRange } from '../dashboard/page/axisRange.ts';
import { placeLabel, placeTicks } from '../dashboard/page/chartTicks.ts';
import { type Drawn, decimate } from '../dashboard/page/decimate.ts';
import { toneOf } from '../dashboard/page/eventTone.ts';
import { formatNumber } from '../dashboard/page/format.ts';
import type { Panel } from '../dashboard/page/panels.ts';
import type { RunEvent } from '../dashboard/page/runEvent.ts';
import type { RunRecord } from '../dashboard/page/runRecord.ts';
import { linearTicks, logTicks } from '../dashboard/page/ticks.ts';
import { escaped } from './escaped.ts';

/** A run of the report with the name of its colour; none where it is alone and each series has its own. */
export interface ReportedRun {
  readonly record: RunRecord;
  readonly color: string | undefined;
}

const WIDTH = 860;
const HEIGHT = 230;
const [LEFT, RIGHT, TOP, BOTTOM] = [62, 10, 20, 24];
const inner = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
const dashes = ['', '5 4', '2 3', '8 3 2 3', '1 4', '10 4'];

/**
 * A panel as an SVG: each run over an axis, or over its rows where it has none such, with the smallest and the largest value of every bucket of pixels, so
 * that no spike is lost, and a mark for what cannot be drawn. Events are those of the first run.
 */
export function svgChart(panel: Panel, runs: readonly ReportedRun[], wanted: AxisId): string {
  const { logarithmic, unit, series } = panel;
  const extents = runs.map(({ record }) => record.axis(record.axisOr(wanted))!.extent);
  const left = Math.min(...extents.map(([first]) => first));
  const last = Math.max(...extents.map(([, end]) => end));
  const right = last > left ? last : left + 1;
  const lines = runs.flatMap(({ record, color }) =>
    series.flatMap(({ key, color: own, dashed }, index) => {
      const points = record.series(key);
      if (points === undefined || points.length === 0) return [];
      const window = { left, right, buckets: inner.width, logarithmic };
      const drawn = decimate(record.points(key, points, record.axisOr(wanted)), window);
      const dash = color === undefined ? dashes[dashed ? 1 : 0]! : dashes[index % dashes.length]!;
      return [{ drawn, stroke: color ?? own, dash }];
    }),
  );
  const [low, high] = axisRange(
    lines.map(({ drawn }) => drawn),
    { left, right, logarithmic, unit },
  );
  const x = (at: number) => LEFT + (inner.width * (at - left)) / (right - left);
  const share = logarithmic
    ? (value: number) => Math.log(value / low) / Math.log(high / low)
    : (value: number) => (value - low) / (high - low);
  const y = (value: number) => TOP + inner.height * (1 - share(value));
  const parts = [
    ...grid(panel, low, high, y),
    ...placeTicks(wanted, left, right, 7).map((tick) => tickOf(x(tick), placeLabel(wanted, tick))),
    ...bands(runs[0]!.record, wanted, x),
    ...limitLine(panel, low, high, y),
    ...lines.map(
      ({ drawn, stroke, dash }) =>
        `<path d="${pathOf(drawn, x, y)}" stroke="var(--${stroke})"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`,
    ),
    ...lines.flatMap(({ drawn }) => drawn.marks.map(({ x: at, kind }) => markOf(x(at), kind))),
  ];
  const name = escaped(`${panel.title}, ${placeText(wanted, left)} to ${placeText(wanted, right)}`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}"><title>${name}</title>${parts.join('')}</svg>`;
}

/** A line through the points; where one cannot be drawn it breaks, and a point alone is a dot. */
function pathOf({ x: xs, y: ys }: Drawn, x: (at: number) => number, y: (value: number) => number): string {
  let path = '';
  let open = false;
  for (const [index, value] of ys.entries()) {
    if (value !== null) path += `${open ? 'L' : 'M'}${x(xs[index]!).toFixed(1)} ${y(value).toFixed(1)}`;
    if (value !== null && !open && (ys[index + 1] ?? null) === null) path += 'h.1';
    open = value !== null;
  }
  return path;
}

function grid({ logarithmic }: Panel, low: number, high: number, y: (value: number) => number): string[] {
  return (logarithmic ? logTicks : linearTicks)(low, high, 6).map((tick) => {
    const at = y(tick).toFixed(1);
    const line = `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`;
    return `${line}<text x="${LEFT - 6}" y="${at}" dy=".32em" text-anchor="end">${formatNumber(tick, 6)}</text>`;
  });
}

function tickOf(at: number, text: string): string {
  const line = `<line class="grid" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${TOP}" y2="${TOP + inner.height}"/>`;
  return `${line}<text x="${at.toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${text}</text>`;
}

function bands(record: RunRecord, wanted: AxisId, x: (at: number) => number): string[] {
  const axis = record.axisOr(wanted);
  const last = record.axis(axis)!.extent[1];
  return record.events.map((event) => {
    const { from, to, at } = placesOf(record, event, axis, last);
    const tone = toneOf(event);
    const width = Math.max(1, x(to) - x(from)).toFixed(1);
    const title = escaped(`${event.what} at step ${event.begin}`);
    return (
      `<g fill="var(--${tone})"><title>${title}</title>` +
      `<rect x="${x(from).toFixed(1)}" y="${TOP}" width="${width}" height="${inner.height}" opacity=".12"/>` +
      `<circle cx="${x(at).toFixed(1)}" cy="${TOP - 9}" r="4"/></g>`
    );
  });
}

function placesOf(
  record: RunRecord,
  event: RunEvent,
  axis: AxisId,
  last: number,
): { from: number; to: number; at: number } {
  const place = (step: number) => record.placeOfStep(axis, step);
  const { t10, t50, t90 } = event.transition ?? {};
  const from = t10 === undefined ? place(event.begin) : record.placeOfTime(axis, t10);
  const end = event.end === undefined ? (event.open ? last : from) : place(event.end);
  const to = t90 === undefined ? end : record.placeOfTime(axis, t90);
  const at = t50 === undefined ? place(event.peakStep) : record.placeOfTime(axis, t50);
  return { from, to: Math.max(from, to), at };
}

function limitLine({ limit }: Panel, low: number, high: number, y: (value: number) => number): string[] {
  if (limit === undefined || limit < low || limit > high) return [];
  const at = y(limit).toFixed(1);
  return [`<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`];
}

function markOf(at: number, kind: string): string {
  const top = kind === 'NaN' || kind === 'Infinity';
  const y = top ? TOP : TOP + inner.height;
  return `<line class="undrawable" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${y}" y2="${y + (top ? 9 : -9)}"><title>${kind}</title></line>`;
}
