import { equalLength } from './equalLength.ts';
import { pearson } from './pearson.ts';
import { ranks } from './ranks.ts';

/**
 * Spearman's rank correlation, in [-1, 1]: Pearson's coefficient of the ranks, ties sharing theirs. NaN when a series is
 * constant, has fewer than two values or a NaN.
 * @throws {RangeError} when the two are not equally long
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  equalLength('spearman', x, y);
  return pearson(ranks(x), ranks(y));
}
