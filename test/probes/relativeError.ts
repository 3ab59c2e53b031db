import { expect } from 'vitest';

/** |a - b| / |b| in the Frobenius norm. */
export function relativeError(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  let error = 0;
  let norm = 0;
  expected.forEach((value, index) => {
    error += (found[index]! - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(error / norm);
}
