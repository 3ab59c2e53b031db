import type uPlot from 'uplot';
import { toneOf } from './eventTone.ts';
import type { PlacedEvent } from './placedEvent.ts';
import type { RunEvent } from './runEvent.ts';
import { color } from './theme.ts';

/**
 * A translucent band from begin to end of each event, under everything else; of the selected one, when it was known.
 * @param events those of one run: bands of several would hide each other
 */
export function drawBands(u: uPlot, events: readonly PlacedEvent[], selected: string | undefined): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { event, from, to, known } of events) {
    const left = u.valToPos(from, 'x', true);
    // Seen from far away an event is less than a pixel wide.
    const width = Math.max(u.valToPos(to, 'x', true) - left, 1.5 * ratio);
    if (left > bbox.left + bbox.width || left + width < bbox.left) continue;
    const chosen = event.id === selected;
    ctx.fillStyle = ctx.strokeStyle = color(toneOf(event));
    ctx.globalAlpha = event.kind === 'control' ? 0.55 : chosen ? 0.22 : event.open ? 0.08 : 0.11;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    if (known === undefined || (!chosen && event.kind !== 'transition')) continue;
    // Nobody could have known earlier than here.
    ctx.globalAlpha = 0.9;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    const x = Math.round(u.valToPos(known, 'x', true)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  ctx.restore();
}

/**
 * A marker above the chart at the peak of each event, and where `peaks` is wanted a ring at its height. The colour tells
 * the run where there are several, the verdict where there is one; the shape always tells the verdict.
 */
export function drawMarkers(u: uPlot, events: readonly PlacedEvent[], peaks: boolean): void {
  const { ctx, bbox } = u;
  const size = 4.5 * devicePixelRatio;
  ctx.save();
  for (const { event, at, color: own } of events) {
    const x = u.valToPos(at, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    ctx.fillStyle = ctx.strokeStyle = color(own ?? toneOf(event));
    ctx.lineWidth = 1.8 * devicePixelRatio;
    // The context is left as the last series used it.
    ctx.setLineDash([]);
    drawShape(ctx, event, x, bbox.top - 1.7 * size, size);
    if (!peaks || event.peak === undefined) continue;
    const height = u.valToPos(event.peak, 'y', true);
    if (!(height >= bbox.top && height <= bbox.top + bbox.height)) continue;
    ctx.beginPath();
    ctx.arc(x, height, size * 0.95, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

/** Events differ in shape as well as in colour. */
function drawShape(ctx: CanvasRenderingContext2D, { kind, what }: RunEvent, x: number, y: number, size: number): void {
  ctx.beginPath();
  if (what === 'divergence' || what === 'refused') {
    ctx.moveTo(x - size * 0.8, y - size * 0.8);
    ctx.lineTo(x + size * 0.8, y + size * 0.8);
    ctx.moveTo(x + size * 0.8, y - size * 0.8);
    ctx.lineTo(x - size * 0.8, y + size * 0.8);
    ctx.stroke();
  } else if (kind === 'control') {
    ctx.moveTo(x - size * 0.7, y - size * 0.5);
    ctx.lineTo(x + size * 0.7, y - size * 0.5);
    ctx.lineTo(x, y + size * 0.7);
    ctx.fill();
  } else if (kind === 'transition') {
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.fill();
  } else if (what === 'bad batch') ctx.fillRect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6);
  else if (what === 'level shift') {
    ctx.moveTo(x - size, y + size * 0.8);
    ctx.lineTo(x, y - size * 0.9);
    ctx.lineTo(x + size, y + size * 0.8);
    ctx.fill();
  } else {
    ctx.arc(x, y, size * 0.85, 0, 2 * Math.PI);
    if (what === 'catapult') ctx.fill();
    else ctx.stroke();
  }
}
