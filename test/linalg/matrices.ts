import fc from 'fast-check';
import type { SymmetricMatrix } from '../../src/probe.ts';
import { type RandomStream, randomStream } from '../../src/randomness.ts';

export interface Float64Matrix extends SymmetricMatrix {
  readonly values: Float64Array;
}

/** Q diag(spectrum) Q^T for a random orthogonal Q. */
export function withSpectrum(spectrum: readonly number[], seed: number): Float64Array {
  const order = spectrum.length;
  const q = orthogonal(order, randomStream(seed, 'orthogonal'));
  const matrix = new Float64Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < order; k++) sum += spectrum[k]! * q[k]![i]! * q[k]![j]!;
      matrix[i * order + j] = sum;
      matrix[j * order + i] = sum;
    }
  }
  return matrix;
}

/** A A^T of a random square A. */
export function positiveSemidefinite(order: number, seed: number): Float64Array {
  const stream = randomStream(seed, 'factor');
  const rows = Array.from({ length: order }, () => Array.from({ length: order }, () => stream.normal()));
  return Float64Array.from(rows.flatMap((a) => rows.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0))));
}

/** Symmetric matrices of any sign, zero and diagonal ones among them. */
export function symmetricMatrices({ maxOrder }: { readonly maxOrder: number }): fc.Arbitrary<Float64Matrix> {
  return fc
    .record({
      order: fc.integer({ min: 1, max: maxOrder }),
      seed: fc.nat(),
      density: fc.constantFrom(0, 0.2, 1),
      shift: fc.constantFrom(0, 10, -10),
    })
    .map(({ order, seed, density, shift }) => {
      const stream = randomStream(seed, 'symmetric');
      const values = new Float64Array(order * order);
      for (let i = 0; i < order; i++) {
        values[i * order + i] = shift + stream.normal();
        for (let j = 0; j < i; j++) {
          const entry = stream.uniform() < density ? stream.normal() : 0;
          values[i * order + j] = entry;
          values[j * order + i] = entry;
        }
      }
      return { order, values };
    });
}

export function multiplied(matrix: Float64Array, vector: Float64Array): Float64Array {
  const order = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < order; j++) sum += matrix[i * order + j]! * vector[j]!;
    return sum;
  });
}

export function maxNorm(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Largest |V V^T - I| for vectors as rows. */
export function orthonormalityError(vectors: Float64Array, order: number): number {
  const count = vectors.length / order;
  let worst = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = a === b ? -1 : 0;
      for (let i = 0; i < order; i++) sum += vectors[a * order + i]! * vectors[b * order + i]!;
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

/** Rows of a random orthogonal matrix (Gram-Schmidt, twice). */
function orthogonal(order: number, stream: RandomStream): number[][] {
  const rows: number[][] = [];
  while (rows.length < order) {
    let row = Array.from({ length: order }, () => stream.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const other of rows) {
        const overlap = row.reduce((sum, x, i) => sum + x * other[i]!, 0);
        row = row.map((x, i) => x - overlap * other[i]!);
      }
    }
    const length = Math.hypot(...row);
    rows.push(row.map((x) => x / length));
  }
  return rows;
}
