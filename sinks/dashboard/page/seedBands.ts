import type uPlot from 'uplot';
import { type DrawnBand, outlinesOf } from './line.ts';
import { color } from './theme.ts';

/** Fills what the seeds of each group spread over. */
export function drawSeedBands(u: uPlot, bands: readonly DrawnBand[]): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.16;
  for (const band of bands) {
    ctx.fillStyle = color(band.color);
    for (const outline of outlinesOf(band)) {
      ctx.beginPath();
      for (const [x, y] of outline) ctx.lineTo(u.valToPos(x, 'x', true), u.valToPos(y, 'y', true));
      ctx.fill();
    }
  }
  ctx.restore();
}
