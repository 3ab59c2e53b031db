import { type AxisId, axisKind } from './axes.ts';
import { formatNumber } from './format.ts';
import { linearTicks, logTicks } from './ticks.ts';

/** Where the x axis has its ticks. */
export function placeTicks(id: AxisId, left: number, right: number, count: number): number[] {
  const { logarithmic, column } = axisKind(id);
  if (logarithmic) return logTicks(10 ** left, 10 ** right, count).map(Math.log10);
  const ticks = linearTicks(left, right, count);
  return column === 'time' || column === 'seconds' ? ticks : ticks.filter(Number.isInteger);
}

export function placeLabel(id: AxisId, x: number): string {
  return formatNumber(axisKind(id).logarithmic ? Number((10 ** x).toPrecision(6)) : x, 6);
}
