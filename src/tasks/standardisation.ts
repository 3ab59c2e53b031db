/** What is subtracted and what is divided by: a number, or one for each of the values that stand side by side. */
export interface Standardisation {
  readonly mean: number | readonly number[];
  readonly deviation: number | readonly number[];
}

/** Mean and deviation over all values. */
export function moments(values: ArrayLike<number>): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index]! - mean) ** 2;
  // Values that are all the same have no deviation; they are left centred.
  return { mean, deviation: Math.sqrt(squares / values.length) || 1 };
}

/** (value - mean) / deviation, with the mean and the deviation of its place in groups of `width`. */
export function standardised(values: Float32Array, width: number, { mean, deviation }: Standardisation): Float32Array {
  const means = typeof mean === 'number' ? new Array<number>(width).fill(mean) : mean;
  const deviations = typeof deviation === 'number' ? new Array<number>(width).fill(deviation) : deviation;
  return values.map((value, index) => (value - means[index % width]!) / deviations[index % width]!);
}
