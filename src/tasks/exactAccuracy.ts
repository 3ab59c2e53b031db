import { denseTeacher } from './largeMargin.ts';
import { sparseTeacher } from './sparseLinear.ts';

/** Test accuracy of a linear classifier over the population, from its weights. */
export type ExactAccuracy = (weights: ArrayLike<number>) => number;

/**
 * Of `sparseLinear` with classes: the mean over the 2^k patterns of the coordinates that matter of Phi(y w_S . x_S / s), s
 * the length of the other weights, whose sum of random signs is taken as normal.
 */
export function sparseLinearAccuracy(seed: number, sparsity: number): ExactAccuracy {
  const teacher = sparseTeacher(seed, sparsity);
  return (weights) => {
    let rest = 0;
    for (let at = sparsity; at < weights.length; at++) rest += weights[at]! ** 2;
    let sum = 0;
    const patterns = 2 ** sparsity;
    for (let pattern = 0; pattern < patterns; pattern++) {
      let seen = 0;
      let truth = 0;
      for (let at = 0; at < sparsity; at++) {
        const sign = (pattern >> at) & 1 ? 1 : -1;
        seen += sign * weights[at]!;
        truth += sign * teacher[at]!;
      }
      sum += rightly(Math.sign(truth) * seen, Math.sqrt(rest));
    }
    return sum / patterns;
  };
}

/**
 * Of `largeMargin`: along the teacher a sample lies at |g| + gamma / 2 on its own side, g normal, and at random across it;
 * so the mean over g of Phi((w . w*)(|g| + gamma / 2) / s), s the length of w across w*, by Simpson's rule.
 */
export function largeMarginAccuracy(seed: number, dimension: number, margin: number): ExactAccuracy {
  const teacher = denseTeacher(seed, dimension);
  return (weights) => {
    let along = 0;
    let squares = 0;
    for (let at = 0; at < dimension; at++) {
      along += weights[at]! * teacher[at]!;
      squares += weights[at]! ** 2;
    }
    const across = Math.sqrt(Math.max(0, squares - along ** 2));
    const [intervals, end] = [200, 8];
    let sum = 0;
    for (let k = 0; k <= intervals; k++) {
      const g = (end * k) / intervals;
      const weight = k === 0 || k === intervals ? 1 : k % 2 === 1 ? 4 : 2;
      sum += weight * Math.sqrt(2 / Math.PI) * Math.exp(-(g ** 2) / 2) * rightly(along * (g + margin / 2), across);
    }
    return (sum * end) / intervals / 3;
  };
}

/** P(a + s xi > 0) for normal xi. */
function rightly(mean: number, deviation: number): number {
  if (deviation === 0) return mean > 0 ? 1 : mean === 0 ? 0.5 : 0;
  return normalShare(mean / deviation);
}

/** The normal distribution function, to 1.5e-7: Abramowitz and Stegun 1964, 7.1.26. */
function normalShare(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-z * z)) / 2;
  return x >= 0 ? 1 - tail : tail;
}
