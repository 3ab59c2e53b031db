const bars = '▁▂▃▄▅▆▇█';

/**
 * A row of bars for a series, `width` characters. Each stands for a stretch of values by the one farthest from the
 * median of all, so that a spike of one step is never lost; NaN and the infinities show as `!`, nothing known as a
 * blank. Positive values that span more than a decade are drawn on a logarithmic scale.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const smallest = Math.min(...finite);
  // Halves, so that the span of the largest numbers there are is still a number.
  const scale = smallest > 0 && Math.max(...finite) / 10 > smallest ? Math.log : (value: number) => value / 2;
  const sorted = finite.map(scale).sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const span = (sorted.at(-1) ?? 0) - low;
  const median = sorted[sorted.length >> 1] ?? 0;
  const count = Math.min(width, values.length);
  let line = '';
  for (let bar = 0; bar < count; bar++) {
    const stretch = values.slice(
      Math.floor((bar * values.length) / count),
      Math.floor(((bar + 1) * values.length) / count),
    );
    line += barOf(stretch, scale, median, low, span);
  }
  return line;
}

function barOf(
  stretch: readonly (number | null)[],
  scale: (value: number) => number,
  median: number,
  low: number,
  span: number,
): string {
  let farthest: number | undefined;
  for (const value of stretch) {
    if (value === null) continue;
    if (!Number.isFinite(value)) return '!';
    const scaled = scale(value);
    if (farthest === undefined || Math.abs(scaled - median) > Math.abs(farthest - median)) farthest = scaled;
  }
  if (farthest === undefined) return ' ';
  return bars[span > 0 ? Math.round(((farthest - low) / span) * (bars.length - 1)) : 0]!;
}
