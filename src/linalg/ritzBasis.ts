import { randomStream } from '../randomness.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/** Vectors as rows of `input` and room for their images, as rows of `output`. */
export interface PendingProducts {
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly count: number;
}

/** Best approximations of eigenpairs in the span of a basis. */
export interface Ritz {
  /** Ritz values, all of them, in the order of the wanted. */
  readonly values: Float64Array;
  /** Coefficients in the basis, one row a Ritz vector. */
  readonly coefficients: Float64Array;
}

/** An orthonormal basis Q as rows, its image A Q, and the projection Q^T A Q, each extended and never recomputed. */
export class RitzBasis {
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

  readonly #largest: 'value' | 'magnitude';

  constructor(order: number, capacity: number, largest: 'value' | 'magnitude') {
    this.capacity = capacity;
    this.#order = order;
    this.#largest = largest;
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
    let largest = 0;
    for (let i = 0; i < order; i++) largest = Math.max(largest, Math.abs(source[from + i]!));
    if (!(largest > 0) || !Number.isFinite(largest)) return;
    // Only the direction counts; the squares of numbers far from 1 would overflow or vanish.
    for (let i = 0; i < order; i++) all[at + i] = source[from + i]! / largest;
    const before = Math.sqrt(dot(all, at, all, at, order));
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

  /** The rows whose images are still to come, or undefined; their images go into `output`. */
  pending(): PendingProducts | undefined {
    const count = this.size - this.#projected;
    if (count === 0) return undefined;
    const [from, to] = [this.#projected * this.#order, this.size * this.#order];
    return { input: this.#vectors.subarray(from, to), output: this.#images.subarray(from, to), count };
  }

  /** Takes in the images of the {@link pending} rows; false if one is not finite. */
  project(): boolean {
    const order = this.#order;
    const first = this.#projected;
    this.products += this.size - first;
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
    if (this.#largest === 'value') return { values, coefficients: vectors.subarray(0, count * size) };
    const ranks = Array.from(values.keys()).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
    const coefficients = new Float64Array(count * size);
    for (let k = 0; k < count; k++) {
      coefficients.set(vectors.subarray(ranks[k]! * size, (ranks[k]! + 1) * size), k * size);
    }
    return { values: Float64Array.from(ranks, (rank) => values[rank]!), coefficients };
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
    // Of a definite operator the largest eigenvalue; of an indefinite one the largest in size that has been seen.
    const scale = ritz.values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
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
