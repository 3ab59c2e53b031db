import { mean } from './mean.ts';

/** Standard deviation of a sample (n - 1 in the denominator); NaN of fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  const { length } = values;
  if (length < 2) return Number.NaN;
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < length; i++) squares += (values[i]! - centre) ** 2;
  return Math.sqrt(squares / (length - 1));
}

/** Standard error of the mean: the standard deviation over the root of n; NaN of fewer than two values. */
export function standardError(values: ArrayLike<number>): number {
  return standardDeviation(values) / Math.sqrt(values.length);
}
