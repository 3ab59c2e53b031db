import { supportVectors } from './supportVectors.ts';

/** A hard-margin classifier in a reproducing kernel Hilbert space: f = f_0 + sum_i y_i lambda_i K(x_i, .). */
export interface KernelMachine {
  /** lambda, one for each sample, at least 0. */
  readonly multipliers: Float64Array;
  /** 1 / |f - f_0|, with f_0 = 0 the largest margin there is. */
  readonly margin: number;
  /** Largest violation of the optimality conditions: y f >= 1, with equality wherever lambda > 0. */
  readonly violation: number;
}

export interface KernelMachineOptions {
  /** f_0 at the samples; default 0. */
  readonly offsets?: ArrayLike<number>;
  /** Violation at which it ends. Default 1e-9. */
  readonly tolerance?: number;
  /** Most passes over the samples. Default 100000. */
  readonly passes?: number;
}

/** Passes of coordinate ascent between two attempts to solve for the support vectors at once. */
const passesBetween = 32;

/**
 * The hard-margin support vector machine without a bias: the f with least |f - f_0| for which y_i f(x_i) >= 1, by
 * coordinate ascent on its dual, max sum_i (1 - y_i f_0(x_i)) lambda_i - 1/2 |sum_i y_i lambda_i K(x_i, .)|^2. Ascent
 * soon knows most of the support vectors and is slow to weigh them: now and then they are solved for at once.
 * Source: Hsieh et al. 2008 (ICML), algorithm 1, with no upper bound on lambda.
 * @param gram K, row-major, `[n, n]`, positive semidefinite with a positive diagonal
 * @param signs y, -1 or 1
 * @throws {RangeError} when it does not converge, as where the samples cannot be separated.
 */
export function kernelSupportVectorMachine(
  gram: ArrayLike<number>,
  signs: ArrayLike<number>,
  options: KernelMachineOptions = {},
): KernelMachine {
  const { offsets, tolerance = 1e-9, passes = 100_000 } = options;
  const size = signs.length;
  const multipliers = new Float64Array(size);
  /** y f at the samples. */
  const margins = Float64Array.from({ length: size }, (_, i) => signs[i]! * (offsets?.[i] ?? 0));
  const raise = (i: number, change: number) => {
    multipliers[i]! += change;
    for (let j = 0; j < size; j++) margins[j]! += change * signs[i]! * signs[j]! * gram[i * size + j]!;
  };
  let violation = Number.POSITIVE_INFINITY;
  for (let pass = 1; pass <= passes && violation > tolerance; pass++) {
    violation = 0;
    for (let i = 0; i < size; i++) {
      const shortfall = 1 - margins[i]!;
      violation = Math.max(violation, multipliers[i] === 0 ? shortfall : Math.abs(shortfall));
      const change = Math.max(-multipliers[i]!, shortfall / gram[i * size + i]!);
      if (change !== 0) raise(i, change);
    }
    if (pass % passesBetween !== 0 || violation <= tolerance) continue;
    const solved = supportVectors(gram, signs, { offsets, tolerance, start: multipliers });
    // The next pass finds whether the conditions hold.
    solved?.forEach((multiplier, i) => {
      if (multiplier !== multipliers[i]) raise(i, multiplier - multipliers[i]!);
    });
  }
  if (!(violation <= tolerance)) {
    throw new RangeError(
      `support vector machine: conditions violated by ${violation} after ${passes} passes: expected samples that can be separated`,
    );
  }
  const squared = multipliers.reduce(
    (sum, multiplier, i) => sum + multiplier * (margins[i]! - signs[i]! * (offsets?.[i] ?? 0)),
    0,
  );
  return { multipliers, margin: 1 / Math.sqrt(squared), violation };
}
