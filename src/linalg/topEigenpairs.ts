import type { Eigenpairs } from '../probe.ts';
import { randomStream } from '../randomness.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/** Applies a symmetric operator to `count` vectors stored as rows of `input`, into the rows of `output`. */
export type SymmetricOperator = (input: Float64Array, output: Float64Array, count: number) => void;

export interface TopEigenpairsOptions {
  /** Vectors as rows to start from: yesterday's eigenvectors. Any number of them, of the same order. */
  readonly start?: Float64Array | undefined;
  /** Largest |A v - lambda v| / lambda_1 to accept. Default 3e-7, the noise of a float32 matrix. */
  readonly tolerance?: number;
  readonly maxProducts?: number;
}

/**
 * The `rank` largest eigenpairs of a symmetric operator by block Lanczos with full orthogonalisation,
 * Rayleigh-Ritz at each expansion and thick restarts; the block is a warm start from the previous
 * answer and one guard vector. Every pair's residual is computed and returned, so that an answer is
 * never silently wrong. An operator that yields NaN gives NaN eigenvalues, at once.
 *
 * Cost: one block product and O(order * basis) for each expansion; a warm start needs some three.
 */
export function topEigenpairs(
  apply: SymmetricOperator,
  order: number,
  rank: number,
  options: TopEigenpairsOptions = {},
): Eigenpairs {
  const wanted = Math.min(rank, order);
  const block = Math.min(wanted + 1, order);
  const capacity = Math.min(order, Math.max(4 * block, 12));
  const tolerance = options.tolerance ?? 3e-7;
  const basis = new Basis(order, capacity);
  basis.extendFrom(options.start, block);
  basis.extendRandomly(block);
  let products = 0;
  for (;;) {
    products += basis.applyToNew(apply);
    const ritz = basis.rayleighRitz(block);
    if (ritz === null) return undefinedPairs(order, wanted);
    const worst = ritz.worstResidual(wanted);
    if (worst <= tolerance || basis.size === order || products >= (options.maxProducts ?? 3000)) {
      return {
        order,
        values: ritz.values.slice(0, wanted),
        vectors: ritz.vectors.slice(0, wanted * order),
        residual: worst,
      };
    }
    // A full basis is cut back to its best vectors; the residuals then lead on.
    if (basis.size + block > capacity) basis.restart(ritz);
    if (!basis.extendFrom(ritz.residuals, block)) basis.extendRandomly(basis.size + 1);
  }
}

interface Ritz {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  readonly images: Float64Array;
  readonly residuals: Float64Array;
  worstResidual(count: number): number;
}

/** An orthonormal basis and its image under the operator, both as rows. */
class Basis {
  size = 0;
  readonly #order: number;
  readonly #vectors: Float64Array;
  readonly #images: Float64Array;
  /** Rows of `#vectors` whose image is up to date. */
  #applied = 0;
  readonly #random = randomStream(0, 'eigenvectors');

  constructor(order: number, capacity: number) {
    this.#order = order;
    this.#vectors = new Float64Array(order * capacity);
    this.#images = new Float64Array(order * capacity);
  }

  #capacity(): number {
    return this.#vectors.length / this.#order;
  }

  /** Adds up to `count` of the given rows, orthonormalised; false if none was independent of the basis. */
  extendFrom(rows: Float64Array | undefined, count: number): boolean {
    if (rows === undefined) return false;
    const before = this.size;
    const available = Math.min(count, Math.floor(rows.length / this.#order));
    for (let row = 0; row < available && this.size < this.#capacity(); row++) {
      this.#add(rows.subarray(row * this.#order, (row + 1) * this.#order));
    }
    return this.size > before;
  }

  extendRandomly(size: number): void {
    const row = new Float64Array(this.#order);
    for (let tries = 0; this.size < size && this.size < this.#capacity() && tries < 100; tries++) {
      for (let i = 0; i < row.length; i++) row[i] = this.#random.normal();
      this.#add(row);
    }
  }

  #add(row: Float64Array): void {
    const order = this.#order;
    const target = this.#vectors.subarray(this.size * order, (this.size + 1) * order);
    target.set(row);
    const before = Math.sqrt(dot(target, target));
    if (!(before > 0) || !Number.isFinite(before)) return;
    // Twice is enough (Kahan, Parlett).
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < this.size; other++) {
        const vector = this.#vectors.subarray(other * order, (other + 1) * order);
        addScaled(target, -dot(vector, target), vector);
      }
    }
    const after = Math.sqrt(dot(target, target));
    if (!(after > 1e-10 * before)) return;
    for (let i = 0; i < order; i++) target[i]! /= after;
    this.size++;
  }

  applyToNew(apply: SymmetricOperator): number {
    const count = this.size - this.#applied;
    if (count === 0) return 0;
    const [from, to] = [this.#applied * this.#order, this.size * this.#order];
    apply(this.#vectors.subarray(from, to), this.#images.subarray(from, to), count);
    this.#applied = this.size;
    return count;
  }

  /** The best `count` approximate eigenpairs in the basis; null if the operator is not finite. */
  rayleighRitz(count: number): Ritz | null {
    const { size } = this;
    const order = this.#order;
    const projected = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const vector = this.#vectors.subarray(i * order, (i + 1) * order);
      for (let j = i; j < size; j++) {
        const entry = dot(vector, this.#images.subarray(j * order, (j + 1) * order));
        if (!Number.isFinite(entry)) return null;
        projected[i * size + j] = entry;
        projected[j * size + i] = entry;
      }
    }
    const { values, vectors: coefficients } = symmetricEigen(projected, size);
    const vectors = combine(coefficients, this.#vectors, count, size, order);
    const images = combine(coefficients, this.#images, count, size, order);
    const residuals = images.slice();
    for (let k = 0; k < count; k++) {
      addScaled(
        residuals.subarray(k * order, (k + 1) * order),
        -values[k]!,
        vectors.subarray(k * order, (k + 1) * order),
      );
    }
    const largest = Math.max(Math.abs(values[0]!), Number.MIN_VALUE);
    return {
      values,
      vectors,
      images,
      residuals,
      worstResidual(upTo) {
        let worst = 0;
        for (let k = 0; k < upTo; k++) {
          const residual = residuals.subarray(k * order, (k + 1) * order);
          worst = Math.max(worst, Math.sqrt(dot(residual, residual)) / largest);
        }
        return worst;
      },
    };
  }

  restart({ vectors, images }: Ritz): void {
    this.#vectors.set(vectors);
    this.#images.set(images);
    this.size = vectors.length / this.#order;
    this.#applied = this.size;
  }
}

function combine(
  coefficients: Float64Array,
  rows: Float64Array,
  count: number,
  size: number,
  order: number,
): Float64Array {
  const result = new Float64Array(count * order);
  for (let k = 0; k < count; k++) {
    const target = result.subarray(k * order, (k + 1) * order);
    for (let i = 0; i < size; i++) {
      addScaled(target, coefficients[k * size + i]!, rows.subarray(i * order, (i + 1) * order));
    }
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function undefinedPairs(order: number, rank: number): Eigenpairs {
  return {
    order,
    values: new Float64Array(rank).fill(Number.NaN),
    vectors: new Float64Array(rank * order).fill(Number.NaN),
    residual: Number.NaN,
  };
}
