import { equalLength } from './equalLength.ts';
import { mean } from './mean.ts';

/**
 * Pearson's correlation coefficient, in [-1, 1]; NaN when a series is constant or has fewer than two values.
 * @throws {RangeError} when the two are not equally long
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  equalLength('pearson', x, y);
  const [centreX, centreY] = [mean(x), mean(y)];
  // Relative to the largest deviation, so that squares neither overflow nor vanish.
  const [scaleX, scaleY] = [largestDeviation(x, centreX), largestDeviation(y, centreY)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i]! - centreX) / scaleX;
    const dy = (y[i]! - centreY) / scaleY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // Rounding must not lead out of the range: a caller may take the arc cosine.
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

function largestDeviation(values: ArrayLike<number>, centre: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]! - centre));
  return largest;
}
