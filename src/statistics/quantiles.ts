/**
 * Quantiles by linear interpolation between the order statistics, the shares in [0, 1]: .5 is the median. NaN of nothing;
 * where a value is NaN there is no order, and every quantile is NaN.
 * Source: Hyndman and Fan 1996 (The American Statistician 50), definition 7.
 */
export function quantiles(values: ArrayLike<number>, shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  // NaN sorts behind everything else.
  if (sorted.length === 0 || Number.isNaN(sorted.at(-1))) return shares.map(() => Number.NaN);
  return shares.map((share) => {
    const at = share * (sorted.length - 1);
    const below = Math.floor(at);
    const [low, high] = [sorted[below]!, sorted[Math.ceil(at)]!];
    // Between two equal infinities there is no difference.
    return low === high ? low : low + (at - below) * (high - low);
  });
}
