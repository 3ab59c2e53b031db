import { equalLength } from './equalLength.ts';
import { mean } from './mean.ts';

/** The straight line y = intercept + slope x with the least squares of residuals. */
export interface LeastSquaresLine {
  readonly slope: number;
  readonly intercept: number;
  /** Standard error of the slope, from n - 2 degrees of freedom; NaN of fewer than three points. */
  readonly slopeError: number;
  /** Standard deviation of the residuals, likewise. */
  readonly residualDeviation: number;
}

/**
 * Ordinary least squares in one variable; for a power law give the logarithms of both. NaN when x is constant or there
 * are fewer than two points.
 * @throws {RangeError} when the two are not equally long
 */
export function leastSquares(x: ArrayLike<number>, y: ArrayLike<number>): LeastSquaresLine {
  equalLength('leastSquares', x, y);
  const [centreX, centreY] = [mean(x), mean(y)];
  let [xx, xy] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i]! - centreX) ** 2;
    xy += (x[i]! - centreX) * (y[i]! - centreY);
  }
  const slope = xy / xx;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (y[i]! - centreY - slope * (x[i]! - centreX)) ** 2;
  const residualDeviation = x.length > 2 ? Math.sqrt(squares / (x.length - 2)) : Number.NaN;
  return {
    slope,
    intercept: centreY - slope * centreX,
    slopeError: residualDeviation / Math.sqrt(xx),
    residualDeviation,
  };
}
