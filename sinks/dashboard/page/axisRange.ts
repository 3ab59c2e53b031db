import type { Drawn } from './decimate.ts';

/** The y range that shows every point between left and right, with a margin. */
export function axisRange(
  all: readonly Drawn[],
  { left, right, logarithmic, unit }: { left: number; right: number; logarithmic: boolean; unit: string },
): [number, number] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { x, y } of all) {
    for (let i = 0; i < x.length; i++) {
      const value = y[i];
      if (value === null || value === undefined || x[i]! < left || x[i]! > right) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  if (min > max) return logarithmic ? [0.1, 10] : [0, 1];
  if (logarithmic) {
    const margin = Math.max((max / min) ** 0.06, 1.05);
    return [Math.max(min / margin, Number.MIN_VALUE), Math.min(max * margin, Number.MAX_VALUE)];
  }
  if (unit === 'cosine' && min >= 0 && max <= 1) return [0, 1];
  if (min === max) return min === 0 ? [-1, 1] : [Math.min(0, 2 * min), Math.max(0, 2 * max)];
  // Zero belongs on the axis when it is near: a rise then looks as large as it is.
  const low = min > 0 && min < 0.4 * max ? 0 : min - 0.06 * (max - min);
  return [low, max + 0.08 * (max - min)];
}
