import type uPlot from 'uplot';
import type { Mark } from './decimate.ts';
import { color } from './theme.ts';

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
