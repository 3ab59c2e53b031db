import type uPlot from 'uplot';
import type { Mark } from './decimate.ts';
import type { Spike } from './spike.ts';
import { color } from './theme.ts';

/** A spike with its place on the x axis of this run. */
export interface PlacedSpike {
  readonly spike: Spike;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

export function verdictColor(verdict: string): string {
  return color(`verdict-${verdict.replace(' ', '-')}`);
}

/** A translucent band from begin to end of each spike, under everything else. */
export function drawBands(u: uPlot, spikes: readonly PlacedSpike[]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { spike, from, to } of spikes) {
    const left = u.valToPos(from, 'x', true);
    // Seen from far away a spike is less than a pixel wide.
    const width = Math.max(u.valToPos(to, 'x', true) - left, 1.5 * devicePixelRatio);
    ctx.fillStyle = verdictColor(spike.verdict);
    ctx.globalAlpha = spike.open ? 0.1 : 0.16;
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

/** A marker above the chart at the peak of each spike, and where `peaks` is wanted a ring at its height. */
export function drawMarkers(u: uPlot, spikes: readonly PlacedSpike[], peaks: boolean): void {
  const { ctx, bbox } = u;
  const size = 4.5 * devicePixelRatio;
  ctx.save();
  for (const { spike, at } of spikes) {
    const x = u.valToPos(at, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    ctx.fillStyle = ctx.strokeStyle = verdictColor(spike.verdict);
    ctx.lineWidth = 1.8 * devicePixelRatio;
    // The context is left as the last series used it.
    ctx.setLineDash([]);
    const y = bbox.top - 1.7 * size;
    shape(ctx, spike.verdict, x, y, size);
    if (!peaks || spike.peak === undefined) continue;
    const height = u.valToPos(spike.peak, 'y', true);
    if (!(height >= bbox.top && height <= bbox.top + bbox.height)) continue;
    ctx.beginPath();
    ctx.arc(x, height, size * 0.95, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

/** Verdicts differ in shape as well as in colour. */
function shape(ctx: CanvasRenderingContext2D, verdict: string, x: number, y: number, size: number): void {
  ctx.beginPath();
  if (verdict === 'divergence') {
    ctx.moveTo(x - size * 0.8, y - size * 0.8);
    ctx.lineTo(x + size * 0.8, y + size * 0.8);
    ctx.moveTo(x + size * 0.8, y - size * 0.8);
    ctx.lineTo(x - size * 0.8, y + size * 0.8);
    ctx.stroke();
  } else if (verdict === 'bad batch') ctx.fillRect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6);
  else if (verdict === 'level shift') {
    ctx.moveTo(x - size, y + size * 0.8);
    ctx.lineTo(x, y - size * 0.9);
    ctx.lineTo(x + size, y + size * 0.8);
    ctx.fill();
  } else {
    ctx.arc(x, y, size * 0.85, 0, 2 * Math.PI);
    if (verdict === 'catapult') ctx.fill();
    else ctx.stroke();
  }
}

const labels = { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞', 'not positive': '≤ 0' } as const;

/** What has no place on the axis: a tick at the edge it left by, and its name where there is room. */
export function drawUndrawable(u: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = color('undrawable');
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([]);
  ctx.font = `600 ${10 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  const freeFrom = { top: Number.NEGATIVE_INFINITY, bottom: Number.NEGATIVE_INFINITY };
  for (const { x, kind } of marks) {
    const left = u.valToPos(x, 'x', true);
    if (left < bbox.left - 1 || left > bbox.left + bbox.width + 1) continue;
    const edge = kind === 'NaN' || kind === 'Infinity' ? 'top' : 'bottom';
    const inward = edge === 'top' ? 1 : -1;
    const y = edge === 'top' ? bbox.top : bbox.top + bbox.height;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left, y + inward * 9 * ratio);
    ctx.stroke();
    if (left < freeFrom[edge]) continue;
    const width = ctx.measureText(labels[kind]).width;
    const outside = left + 4 * ratio + width > bbox.left + bbox.width;
    ctx.textAlign = outside ? 'right' : 'left';
    ctx.fillText(labels[kind], left + (outside ? -4 : 4) * ratio, y + inward * 6 * ratio);
    freeFrom[edge] = left + width + 12 * ratio;
  }
  ctx.restore();
}

/** Fills where the first line is above the second. */
export function drawExcess(u: uPlot): void {
  const { ctx, bbox } = u;
  const upper = line(u, 1);
  const lower = line(u, 2);
  if (upper === undefined || lower === undefined) return;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.clip(closed(lower, bbox.top, bbox));
  ctx.clip(closed(upper, bottom, bbox));
  ctx.fillStyle = color('excess');
  ctx.fillRect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.restore();
}

type Corner = readonly [x: number, y: number];

function line(u: uPlot, index: number): Corner[] | undefined {
  if (u.series[index]?.show === false) return undefined;
  const corners: Corner[] = [];
  const [x, y] = [u.data[0], u.data[index]];
  for (let i = 0; i < x.length; i++) {
    const value = y?.[i];
    if (value !== null && value !== undefined)
      corners.push([u.valToPos(x[i]!, 'x', true), u.valToPos(value, 'y', true)]);
  }
  return corners.length === 0 ? undefined : corners;
}

function closed(corners: readonly Corner[], edge: number, { left, width }: uPlot.BBox): Path2D {
  const path = new Path2D();
  const first = corners[0]!;
  const last = corners[corners.length - 1]!;
  path.moveTo(Math.min(left, first[0]), edge);
  path.lineTo(Math.min(left, first[0]), first[1]);
  for (const [x, y] of corners) path.lineTo(x, y);
  // A rate that is measured now and then holds until it is measured again.
  path.lineTo(Math.max(left + width, last[0]), last[1]);
  path.lineTo(Math.max(left + width, last[0]), edge);
  path.closePath();
  return path;
}

/** Names the x axis in the free corner under the y axis, where it takes no room from the plot. */
export function drawXName({ ctx, bbox }: uPlot, name: string): void {
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = color('muted');
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'top';
  ctx.fillText(name, bbox.left - 18 * ratio, bbox.top + bbox.height + 4 * ratio);
  ctx.restore();
}
