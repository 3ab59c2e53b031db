import type { Eigenpairs } from '../probe.ts';
import { randomStream } from '../randomness.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/** Applies a symmetric operator to `count` vectors stored as rows of `input`, into the rows of `output`. */
export type SymmetricOperator = (input: Float64Array, output: Float64Array, count: number) => void;

export interface TopEigenpairsOptions {
  /** Vectors as rows to start from: the previous step's {@link Eigenpairs}, guard included. */
  readonly start?: Float64Array | undefined;
  /**
   * Largest |A v_k - lambda_k v_k| / lambda_1 to accept, for all pairs or as a function of k (from 0). Default
   * 3e-7, the noise of a float32 matrix.
   */
  readonly tolerance?: number | ((k: number) => number);
  /** Products with single vectors to spend before giving up with the residual reached. Default 3000. */
  readonly maxProducts?: number;
}

/** {@link Eigenpairs} with what the next warm start wants: the guard vector behind the others. */
export interface WarmEigenpairs extends Eigenpairs {
  /** |A v_k - lambda_k v_k| / lambda_1 of each pair. */
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
  const wanted = Math.min(rank, order);
  const kept = Math.min(wanted + 1, order);
  const { tolerance = 3e-7, maxProducts = 3000 } = options;
  const accepts = typeof tolerance === 'number' ? () => tolerance : tolerance;
  const basis = new Basis(order, Math.min(order, Math.max(4 * kept, 12)));
  basis.extendFrom(options.start, kept, shake);
  basis.extendRandomly(kept - basis.size);
  for (;;) {
    if (!basis.project(apply)) return undefinedPairs(order, wanted);
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

interface Ritz {
  /** Ritz values, descending. */
  readonly values: Float64Array;
  /** Coefficients in the basis, one row a Ritz vector. */
  readonly coefficients: Float64Array;
}

/** An orthonormal basis Q as rows, its image A Q, and the projection Q^T A Q, each extended and never recomputed. */
class Basis {
  readonly capacity: number;
  size = 0;
  products = 0;
  readonly #order: number;
  readonly #vectors: Float64Array;
  readonly #images: Float64Array;
  readonly #projection: Float64Array;
  /** Rows whose image and projection are there. */
  #projected = 0;
  readonly #random = randomStream(0, 'eigenvectors');

  constructor(order: number, capacity: number) {
    this.capacity = capacity;
    this.#order = order;
    this.#vectors = new Float64Array(order * capacity);
    this.#images = new Float64Array(order * capacity);
    this.#projection = new Float64Array(capacity * capacity);
  }

  /** Adds up to `count` of the given rows, orthonormalised; false if none was independent of the basis. */
  extendFrom(rows: Float64Array | undefined, count: number, shaken = 0): boolean {
    const before = this.size;
    const available = rows === undefined ? 0 : Math.min(count, Math.floor(rows.length / this.#order));
    for (let row = 0; row < available && this.size < this.capacity; row++) this.#add(rows!, row * this.#order, shaken);
    return this.size > before;
  }

  extendRandomly(count: number): void {
    const target = Math.min(this.size + count, this.capacity);
    const row = new Float64Array(this.#order);
    for (let tries = 0; this.size < target && tries < 100; tries++) {
      for (let i = 0; i < row.length; i++) row[i] = this.#random.normal();
      this.#add(row, 0);
    }
  }

  #add(source: Float64Array, from: number, shaken = 0): void {
    const order = this.#order;
    const all = this.#vectors;
    const at = this.size * order;
    for (let i = 0; i < order; i++) all[at + i] = source[from + i]!;
    const before = Math.sqrt(dot(all, at, all, at, order));
    if (!(before > 0) || !Number.isFinite(before)) return;
    if (shaken > 0) {
      // Uniform numbers of deviation 1, order of them: a length of sqrt(order).
      const size = shaken * before * Math.sqrt(12 / order);
      for (let i = 0; i < order; i++) all[at + i]! += size * (this.#random.uniform() - 0.5);
    }
    // Twice is enough (Kahan, Parlett).
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < at; other += order) {
        addScaled(all, at, -dot(all, other, all, at, order), all, other, order);
      }
    }
    const after = Math.sqrt(dot(all, at, all, at, order));
    if (!(after > 1e-10 * before)) return;
    for (let i = 0; i < order; i++) all[at + i]! /= after;
    this.size++;
  }

  /** Applies the operator to the new rows; false if it is not finite. */
  project(apply: SymmetricOperator): boolean {
    const order = this.#order;
    const first = this.#projected;
    const count = this.size - first;
    if (count === 0) return true;
    apply(
      this.#vectors.subarray(first * order, this.size * order),
      this.#images.subarray(first * order, this.size * order),
      count,
    );
    this.products += count;
    for (let j = first; j < this.size; j++) {
      for (let i = 0; i <= j; i++) {
        const entry = dot(this.#vectors, i * order, this.#images, j * order, order);
        if (!Number.isFinite(entry)) return false;
        this.#projection[i * this.capacity + j] = entry;
        this.#projection[j * this.capacity + i] = entry;
      }
    }
    this.#projected = this.size;
    return true;
  }

  rayleighRitz(count: number): Ritz {
    const { size, capacity } = this;
    const small = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      small.set(this.#projection.subarray(i * capacity, i * capacity + size), i * size);
    }
    const { values, vectors } = symmetricEigen(small, size);
    return { values, coefficients: vectors.subarray(0, count * size) };
  }

  vectors(ritz: Ritz, count: number): Float64Array {
    return this.#combine(ritz, this.#vectors, count);
  }

  /** The residuals that are not accepted, as rows, how many they are, and the sizes of all. */
  residuals(
    ritz: Ritz,
    count: number,
    accepts: (k: number) => number,
  ): { rows: Float64Array; unaccepted: number; sizes: Float64Array } {
    const order = this.#order;
    const vectors = this.#combine(ritz, this.#vectors, count);
    const rows = this.#combine(ritz, this.#images, count);
    const scale = Math.max(Math.abs(ritz.values[0]!), Number.MIN_VALUE);
    let unaccepted = 0;
    const sizes = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      addScaled(rows, k * order, -ritz.values[k]!, vectors, k * order, order);
      const size = Math.sqrt(dot(rows, k * order, rows, k * order, order)) / scale;
      sizes[k] = size;
      if (size > accepts(k)) rows.copyWithin(unaccepted++ * order, k * order, (k + 1) * order);
    }
    return { rows, unaccepted, sizes };
  }

  /** Keeps the best `count` Ritz vectors and nothing else. */
  restart(ritz: Ritz, count: number): void {
    const vectors = this.#combine(ritz, this.#vectors, count);
    const images = this.#combine(ritz, this.#images, count);
    this.#vectors.set(vectors);
    this.#images.set(images);
    this.#projection.fill(0);
    for (let k = 0; k < count; k++) this.#projection[k * this.capacity + k] = ritz.values[k]!;
    this.size = count;
    this.#projected = count;
  }

  #combine({ coefficients }: Ritz, rows: Float64Array, count: number): Float64Array {
    const order = this.#order;
    const combined = new Float64Array(count * order);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < this.size; i++) {
        addScaled(combined, k * order, coefficients[k * this.size + i]!, rows, i * order, order);
      }
    }
    return combined;
  }
}

function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

function addScaled(
  target: Float64Array,
  at: number,
  factor: number,
  source: Float64Array,
  from: number,
  length: number,
) {
  for (let i = 0; i < length; i++) target[at + i]! += factor * source[from + i]!;
}

function undefinedPairs(order: number, rank: number): WarmEigenpairs {
  const vectors = new Float64Array(rank * order).fill(Number.NaN);
  const values = new Float64Array(rank).fill(Number.NaN);
  return { order, values, vectors, residual: Number.NaN, residuals: values, start: vectors };
}
