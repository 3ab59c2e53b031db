import type { Dataset } from '../tasks/task.ts';
import { combination } from './gram.ts';
import { interiorPoint } from './interiorPoint.ts';

/** A solution of least L1 norm with what proves it. */
export interface LeastAbsoluteNorm {
  readonly weights: Float64Array;
  /** |w|_1 less the value of a feasible point of the dual: no w that satisfies the conditions is smaller by more. */
  readonly gap: number;
  /** Largest violation of a condition. */
  readonly violation: number;
}

/**
 * The w of least L1 norm with A w = b, or A w >= b. It is solved with a few coordinates, and again with those taken in
 * whose inequality of the dual, |A^T lambda| <= 1, is broken, until none is: the w of least norm has few coordinates.
 * @param rows A, row-major, `[b.length, dimension]`
 * @throws {RangeError} when no w satisfies the conditions.
 */
export function leastAbsoluteNorm(
  rows: ArrayLike<number>,
  bounds: ArrayLike<number>,
  relation: 'equal' | 'at least',
): LeastAbsoluteNorm {
  const size = bounds.length;
  const dimension = rows.length / size;
  let chosen = strongest(combination(rows, bounds, dimension), 4 * size);
  for (;;) {
    const solved = interiorPoint(columnsOf(rows, chosen, size, dimension), bounds, relation === 'at least');
    const taken = new Set(chosen);
    const sums = solved === undefined ? undefined : combination(rows, solved.multipliers, dimension);
    // Without a solution any others may help.
    const wanting = Float64Array.from({ length: dimension }, (_, j) => {
      if (taken.has(j)) return 0;
      if (sums === undefined) return 1;
      return Math.abs(sums[j]!) > 1 + 1e-7 ? sums[j]! : 0;
    });
    const further = strongest(wanting, sums === undefined ? 3 * chosen.length : 2 * size);
    if (further.length > 0) chosen = [...chosen, ...further];
    else if (solved === undefined || sums === undefined) {
      throw new RangeError('least L1 norm: expected conditions that some w satisfies');
    } else {
      const weights = new Float64Array(dimension);
      chosen.forEach((j, at) => {
        weights[j] = solved.weights[at]!;
      });
      const norm = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
      return { weights, gap: norm - dualValue(sums, solved.multipliers, bounds), violation: solved.violation };
    }
  }
}

/** The linear classifier of largest L1 margin, min |w|_1 with y_i w . x_i >= 1, no bias.
 *  @throws {RangeError} when the samples cannot be separated. */
export function absoluteMaximumMargin({ inputs, targets, size, dimension }: Dataset): LeastAbsoluteNorm {
  const signed = inputs.map((value, at) => value * targets[Math.floor(at / dimension)]!);
  return leastAbsoluteNorm(signed, new Float64Array(size).fill(1), 'at least');
}

/** The interpolant of least L1 norm, min |w|_1 with w . x_i = y_i (basis pursuit).
 *  @throws {RangeError} when nothing interpolates. */
export function absoluteInterpolant({ inputs, targets }: Dataset): LeastAbsoluteNorm {
  return leastAbsoluteNorm(inputs, targets, 'equal');
}

/** The coordinates of the largest numbers by size, 0 left out. */
function strongest(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .filter((j) => values[j] !== 0)
    .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!))
    .slice(0, count);
}

function columnsOf(rows: ArrayLike<number>, chosen: readonly number[], size: number, dimension: number): Float64Array {
  const width = chosen.length;
  const found = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    for (let at = 0; at < width; at++) found[i * width + at] = rows[i * dimension + chosen[at]!]!;
  }
  return found;
}

/** b . lambda, after lambda is scaled until A^T lambda, which is `sums`, is at most 1 in size everywhere. */
function dualValue(sums: Float64Array, multipliers: Float64Array, bounds: ArrayLike<number>): number {
  const value = multipliers.reduce((total, multiplier, i) => total + multiplier * bounds[i]!, 0);
  return value / sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 1);
}
