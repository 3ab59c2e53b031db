import { type Eventual, isPromise, whenReady } from '../eventual.ts';
import type { Eigenpairs } from '../probe.ts';
import { type PendingProducts, RitzBasis } from './ritzBasis.ts';

/** Applies a symmetric operator to `count` vectors stored as rows of `input`, into the rows of `output`. */
export type SymmetricOperator = (input: Float64Array, output: Float64Array, count: number) => void;

/** The same where the images may have to be waited for. */
export type EventualOperator = (input: Float64Array, output: Float64Array, count: number) => Eventual<void>;

export interface TopEigenpairsOptions {
  /** What counts as the largest: the eigenvalue itself (default) or its size. */
  readonly largest?: 'value' | 'magnitude';
  /** Vectors as rows to start from: the previous step's {@link Eigenpairs}, guard included. */
  readonly start?: Float64Array | undefined;
  /**
   * Largest |A v_k - lambda_k v_k| / |lambda|_max to accept, for all pairs or as a function of k (from 0). Default
   * 3e-7, the noise of a float32 matrix.
   */
  readonly tolerance?: number | ((k: number) => number);
  /** Products with single vectors to spend before giving up with the residual reached. Default 3000. */
  readonly maxProducts?: number;
}

/** {@link Eigenpairs} with what the next warm start wants: the guard vector behind the others. */
export interface WarmEigenpairs extends Eigenpairs {
  /** |A v_k - lambda_k v_k| / |lambda|_max of each pair. */
  readonly residuals: Float64Array;
  readonly start: Float64Array;
}

/**
 * The `rank` largest eigenpairs of a symmetric operator: Rayleigh-Ritz on a growing orthonormal basis that
 * is expanded by the residuals of the pairs not yet accepted (Davidson's method without preconditioner,
 * which is Lanczos with full orthogonalisation), restarted with the best vectors when it is full. It begins
 * with the previous answer and one guard vector, which tracks the next eigenvalue so that a crossing is
 * seen. The previous vectors are shaken a little: exact eigenvectors have no residual, whether they are the
 * largest or not, and nothing would lead on from them. Every accepted pair's residual has been computed; when
 * the products are spent, `residual` says how far it got. An operator that yields NaN gives NaN at once.
 *
 * Cost: rank + 1 products, and one more for each expansion: some four for a warm start with a gap, and
 * many where the wanted eigenvalues lie close to the unwanted.
 */
export function topEigenpairs(
  apply: SymmetricOperator,
  order: number,
  rank: number,
  options: TopEigenpairsOptions = {},
): WarmEigenpairs {
  const search = searching(order, rank, options);
  for (let turn = search.next(); ; turn = search.next()) {
    if (turn.done) return turn.value;
    const { input, output, count } = turn.value;
    apply(input, output, count);
  }
}

/** {@link topEigenpairs} of an operator whose products may have to be waited for. */
export function topEigenpairsEventually(
  apply: EventualOperator,
  order: number,
  rank: number,
  options: TopEigenpairsOptions = {},
): Eventual<WarmEigenpairs> {
  const search = searching(order, rank, options);
  const advance = (): Eventual<WarmEigenpairs> => {
    for (;;) {
      const turn = search.next();
      if (turn.done) return turn.value;
      const { input, output, count } = turn.value;
      const applied = apply(input, output, count);
      if (isPromise(applied)) return whenReady(applied, advance);
    }
  };
  return advance();
}

/** The search, which hands out the products that it needs. */
function* searching(
  order: number,
  rank: number,
  options: TopEigenpairsOptions,
): Generator<PendingProducts, WarmEigenpairs> {
  const wanted = Math.min(rank, order);
  const kept = Math.min(wanted + 1, order);
  const { tolerance = 3e-7, maxProducts = 3000, largest = 'value' } = options;
  const accepts = typeof tolerance === 'number' ? () => tolerance : tolerance;
  const basis = new RitzBasis(order, Math.min(order, Math.max(4 * kept, 12)), largest);
  basis.extendFrom(options.start, kept, shake);
  basis.extendRandomly(kept - basis.size);
  for (;;) {
    const pending = basis.pending();
    if (pending !== undefined) yield pending;
    if (!basis.project()) return undefinedPairs(order, wanted);
    const ritz = basis.rayleighRitz(kept);
    const residuals = basis.residuals(ritz, wanted, accepts);
    if (residuals.unaccepted === 0 || basis.size === order || basis.products >= maxProducts) {
      const start = basis.vectors(ritz, kept);
      return {
        order,
        values: ritz.values.slice(0, wanted),
        vectors: start.subarray(0, wanted * order),
        residual: Math.max(...residuals.sizes),
        residuals: residuals.sizes,
        start,
      };
    }
    if (basis.size + residuals.unaccepted > basis.capacity) basis.restart(ritz, kept);
    if (!basis.extendFrom(residuals.rows, residuals.unaccepted)) basis.extendRandomly(1);
  }
}

/**
 * What is added to each vector of a warm start, relative to its length. From one step of training to the next
 * the kernel moves its eigenvectors by more, so that it costs little.
 */
const shake = 1e-4;

function undefinedPairs(order: number, rank: number): WarmEigenpairs {
  const vectors = new Float64Array(rank * order).fill(Number.NaN);
  const values = new Float64Array(rank).fill(Number.NaN);
  return { order, values, vectors, residual: Number.NaN, residuals: values, start: vectors };
}
