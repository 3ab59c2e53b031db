import type uPlot from 'uplot';
import { color } from './theme.ts';

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

/** A line at a limit, and what of the first line is above it. */
export function drawLimit(u: uPlot, limit: number): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const height = u.valToPos(limit, 'y', true);
  if (!(height >= bbox.top && height <= bbox.top + bbox.height)) return;
  ctx.save();
  const upper = line(u, 1);
  if (upper !== undefined) {
    ctx.save();
    ctx.clip(closed(upper, bbox.top + bbox.height, bbox));
    ctx.fillStyle = color('excess');
    ctx.fillRect(bbox.left, bbox.top, bbox.width, height - bbox.top);
    ctx.restore();
  }
  ctx.strokeStyle = color('vermilion');
  ctx.lineWidth = 1.25 * ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, height);
  ctx.lineTo(bbox.left + bbox.width, height);
  ctx.stroke();
  ctx.restore();
}
