/**
 * Arithmetic mean; NaN of nothing. Corrected by the mean of the residuals, so that values that are large beside their
 * spread keep their digits. NaN and infinities go through.
 */
export function mean(values: ArrayLike<number>): number {
  const { length } = values;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i]!;
  const first = sum / length;
  if (!Number.isFinite(first)) return first;
  let residual = 0;
  for (let i = 0; i < length; i++) residual += values[i]! - first;
  return first + residual / length;
}
