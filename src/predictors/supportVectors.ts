import { symmetricSolve } from '../linalg/symmetricSolve.ts';

/** Most sets of support vectors to try. */
const mostSets = 12;

/**
 * The multipliers of a hard-margin support vector machine from a guess of which are positive: y f = 1 is solved on those;
 * the ones that come out negative leave the set and the samples with too small a margin join it, until nothing changes.
 * Source: Portugal et al. 1994 (Mathematics of Computation 63), block principal pivoting, without its safeguard.
 * @param gram K, row-major, `[n, n]`
 * @param signs y, -1 or 1
 * @returns undefined when the sets do not settle, or K on one of them cannot be inverted.
 */
export function supportVectors(
  gram: ArrayLike<number>,
  signs: ArrayLike<number>,
  {
    offsets,
    tolerance,
    start,
  }: {
    /** f_0 at the samples; default 0. */
    readonly offsets?: ArrayLike<number> | undefined;
    /** How far below 1 a margin may be. */
    readonly tolerance: number;
    readonly start: Float64Array;
  },
): Float64Array | undefined {
  const size = signs.length;
  const bounds = Float64Array.from({ length: size }, (_, i) => 1 - signs[i]! * (offsets?.[i] ?? 0));
  const inside = Array.from(start, (multiplier) => multiplier > 0);
  for (let tried = 0; tried < mostSets; tried++) {
    const set = inside.flatMap((is, i) => (is ? [i] : []));
    const found = equalMargins(gram, signs, bounds, set);
    if (found === undefined) return undefined;
    let settled = true;
    for (let i = 0; i < size; i++) {
      let shortfall = bounds[i]!;
      for (const j of set) shortfall -= signs[i]! * signs[j]! * gram[i * size + j]! * found[j]!;
      const belongs = inside[i] ? found[i]! > 0 : shortfall > tolerance;
      if (belongs !== inside[i]) settled = false;
      inside[i] = belongs;
    }
    if (settled) return found;
  }
  return undefined;
}

/** Multipliers with which the margins of a set of samples are what is wanted, 0 elsewhere; solved for and refined once. */
function equalMargins(
  gram: ArrayLike<number>,
  signs: ArrayLike<number>,
  bounds: Float64Array,
  set: readonly number[],
): Float64Array | undefined {
  const order = set.length;
  const size = signs.length;
  const matrix = new Float64Array(order * order);
  set.forEach((i, row) => {
    set.forEach((j, column) => {
      matrix[row * order + column] = signs[i]! * signs[j]! * gram[i * size + j]!;
    });
  });
  const wanted = Float64Array.from(set, (i) => bounds[i]!);
  try {
    const solution = symmetricSolve(matrix, wanted, order);
    const left = wanted.map(
      (value, row) => value - solution.reduce((sum, each, column) => sum + matrix[row * order + column]! * each, 0),
    );
    const correction = symmetricSolve(matrix, left, order);
    const multipliers = new Float64Array(size);
    set.forEach((i, row) => {
      multipliers[i] = solution[row]! + correction[row]!;
    });
    return multipliers;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
