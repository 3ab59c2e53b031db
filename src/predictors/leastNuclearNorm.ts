import { symmetricEigen } from '../linalg/symmetricEigen.ts';
import type { Dataset } from '../tasks/task.ts';

/** A symmetric matrix, row-major `[d, d]`, of least nuclear norm, with what proves it. */
export interface LeastNuclearNorm {
  readonly matrix: Float64Array;
  /** Its nuclear norm less the value of a feasible point of the dual, over the norm. */
  readonly gap: number;
  readonly iterations: number;
}

/**
 * The symmetric interpolant of least Frobenius norm of observed entries: an entry is what was observed there or across
 * the diagonal (the mean of both), else 0.
 * @param entries pairs of indices with their values
 */
export function frobeniusCompletion({ inputs, targets, size }: Dataset, order: number): Float64Array {
  const sums = new Float64Array(order * order);
  const counts = new Float64Array(order * order);
  for (let sample = 0; sample < size; sample++) {
    const [i, j] = [inputs[2 * sample]!, inputs[2 * sample + 1]!];
    for (const at of i === j ? [i * order + j] : [i * order + j, j * order + i]) {
      sums[at]! += targets[sample]!;
      counts[at]! += 1;
    }
  }
  return sums.map((sum, at) => (counts[at]! === 0 ? 0 : sum / counts[at]!));
}

/**
 * The symmetric matrix of least nuclear norm with the observed entries, by the alternating direction method of
 * multipliers: shrink the eigenvalues, put the observed entries back, add up the differences. The sum of differences is,
 * up to a factor, a point of the dual, from which the gap follows.
 * Source: Boyd et al. 2011 (Foundations and Trends in ML 3), sections 3.1 and 5; Cai, Candes and Shen 2010 for the shrinkage.
 * @throws {RangeError} when the relative gap is above `tolerance` after `most` iterations.
 */
export function nuclearCompletion(
  observed: Dataset,
  order: number,
  { tolerance = 1e-3, most = 3000 }: { readonly tolerance?: number; readonly most?: number } = {},
): LeastNuclearNorm {
  const known = observedEntries(observed, order);
  const start = frobeniusCompletion(observed, order);
  const first = symmetricEigen(start.slice(), order).values;
  /** Eigenvalues are shrunk by this; of the size of the largest, the number of iterations is least. */
  const threshold = Math.max(Math.abs(first[0]!), Math.abs(first[order - 1]!));
  let matrix = start.slice();
  const sum = new Float64Array(order * order);
  let gap = Number.POSITIVE_INFINITY;
  for (let iteration = 1; iteration <= most; iteration++) {
    const low = shrunk(
      matrix.map((value, at) => value - sum[at]!),
      order,
      threshold,
    );
    matrix = low.matrix.map((value, at) => (known[at] === 1 ? start[at]! : value + sum[at]!));
    for (let at = 0; at < sum.length; at++) sum[at]! += low.matrix[at]! - matrix[at]!;
    // Off the observed entries the sum is 0 by construction: it is a candidate for the dual.
    if (iteration % 10 === 0) {
      gap = relativeGap(matrix, sum, start, order);
      if (gap <= tolerance) return { matrix, gap, iterations: iteration };
    }
  }
  throw new RangeError(`least nuclear norm: a gap of ${gap} after ${most} iterations: expected at most ${tolerance}`);
}

function observedEntries({ inputs, size }: Dataset, order: number): Uint8Array {
  const known = new Uint8Array(order * order);
  for (let sample = 0; sample < size; sample++) {
    const [i, j] = [inputs[2 * sample]!, inputs[2 * sample + 1]!];
    known[i * order + j] = 1;
    known[j * order + i] = 1;
  }
  return known;
}

/** Every eigenvalue moved towards 0 by the threshold. */
function shrunk(matrix: Float64Array, order: number, threshold: number): { readonly matrix: Float64Array } {
  const { values, vectors } = symmetricEigen(matrix, order);
  const result = new Float64Array(order * order);
  values.forEach((value, k) => {
    const kept = Math.sign(value) * Math.max(0, Math.abs(value) - threshold);
    if (kept === 0) return;
    const vector = vectors.subarray(k * order, (k + 1) * order);
    for (let i = 0; i < order; i++) {
      const scaled = kept * vector[i]!;
      for (let j = 0; j < order; j++) result[i * order + j]! += scaled * vector[j]!;
    }
  });
  return { matrix: result };
}

/** With Y = -sum, zero off the observed entries: |W|_* >= <Y, W> / |Y|_op for every interpolant W. */
function relativeGap(matrix: Float64Array, sum: Float64Array, observed: Float64Array, order: number): number {
  const nuclear = symmetricEigen(matrix.slice(), order).values.reduce((total, value) => total + Math.abs(value), 0);
  const { values } = symmetricEigen(sum.slice(), order);
  const operator = Math.max(Math.abs(values[0]!), Math.abs(values[order - 1]!));
  const inner = sum.reduce((total, value, at) => total - value * observed[at]!, 0);
  return (nuclear - inner / operator) / nuclear;
}
