/**
 * Ranks from 1, ascending; equal values share the mean of the ranks that they take up. Infinities have their places; with
 * a NaN among the values there is no order, and every rank is NaN.
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  const { length } = values;
  const result = new Float64Array(length);
  const order = Array.from({ length }, (_, i) => i);
  if (order.some((i) => Number.isNaN(values[i]!))) return result.fill(Number.NaN);
  // Subtraction would give NaN for two equal infinities.
  order.sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0));
  for (let begin = 0; begin < length; ) {
    let end = begin + 1;
    while (end < length && values[order[end]!] === values[order[begin]!]) end++;
    const shared = (begin + 1 + end) / 2;
    for (; begin < end; begin++) result[order[begin]!] = shared;
  }
  return result;
}
