import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conjugateGradients, type LinearSolution } from '../../src/linalg/conjugateGradients.ts';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { topEigenpairs, topEigenpairsEventually } from '../../src/linalg/topEigenpairs.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';

/** A symmetric matrix of normal numbers; positive semidefinite of that rank where one is given. */
function symmetric(order: number, seed: number, rank?: number): Float64Array {
  const stream = randomStream(seed, 'symmetric matrix');
  const width = rank ?? order;
  const factor = normalArray(stream, order * width, 1);
  return Float64Array.from({ length: order * order }, (_, at) => {
    const [i, j] = [Math.floor(at / order), at % order];
    if (rank === undefined) return factor[i * order + j]! + factor[j * order + i]!;
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += factor[i * rank + k]! * factor[j * rank + k]!;
    return sum;
  });
}

function products(matrix: Float64Array, order: number) {
  return (input: Float64Array, output: Float64Array, count: number) => {
    for (let row = 0; row < count * order; row++) {
      const [vector, i] = [Math.floor(row / order), row % order];
      let sum = 0;
      for (let j = 0; j < order; j++) sum += matrix[i * order + j]! * input[vector * order + j]!;
      output[row] = sum;
    }
  };
}

const orders = fc.integer({ min: 1, max: 20 });

describe('operators whose products may have to be waited for', () => {
  it('the largest in size, of whichever sign', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 4 }), fc.nat(), (order, rank, seed) => {
        const matrix = symmetric(order, seed);
        const { values } = symmetricEigen(matrix.slice(), order);
        const expected = Array.from(values, Math.abs).sort((a, b) => b - a);
        const found = topEigenpairs(products(matrix, order), order, rank, { largest: 'magnitude' });
        found.values.forEach((value, k) => {
          expect(Math.abs(Math.abs(value) - expected[k]!)).toBeLessThan(1e-5 * expected[0]!);
        });
      }),
    );
  });

  it.each([1e-162, 5e-324, 1e200])('starts from the direction of a vector of length %d', (length) => {
    const apply = products(Float64Array.of(2, 1, 1, 2), 2);
    const found = topEigenpairs(apply, 2, 1, { start: Float64Array.of(length, 0) });
    expect(found.residual).toBeLessThan(3e-7);
    expect(found.values[0]).toBeCloseTo(3, 9);
  });

  it('promises of products give what the products give', async () => {
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 3 }), fc.nat(), async (order, rank, seed) => {
        const apply = products(symmetric(order, seed, 3), order);
        const late = async (input: Float64Array, output: Float64Array, count: number) => {
          await Promise.resolve();
          apply(input, output, count);
        };
        const now = topEigenpairs(apply, order, rank);
        expect(await topEigenpairsEventually(late, order, rank)).toEqual(now);
        expect(topEigenpairsEventually(apply, order, rank)).toEqual(now);
        const right = Float64Array.from(normalArray(randomStream(seed, 'right'), order, 1));
        const solved = conjugateGradients(apply, right, 1e-8, 100);
        expect(await conjugateGradients(late, right, 1e-8, 100)).toEqual(solved);
      }),
      { numRuns: 30 },
    );
  });

  it('conjugate gradients solve definite systems, and give singular ones their smallest solution', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 20 }), fc.nat(), (order, rank, seed) => {
        const matrix = symmetric(order, seed, rank);
        const { values, vectors } = symmetricEigen(matrix.slice(), order);
        const kept = values.filter((value) => value > 1e-9 * values[0]!);
        fc.pre(kept.at(-1)! > 1e-4 * values[0]!);
        const image = new Float64Array(order);
        const apply = products(matrix, order);
        apply(Float64Array.from(normalArray(randomStream(seed, 'solution'), order, 1)), image, 1);
        const { solution, residual } = conjugateGradients(apply, image, 1e-10, 20 * order) as LinearSolution;
        expect(residual).toBeLessThan(1e-9);
        // Nothing of it lies where the matrix is 0.
        for (let k = kept.length; k < order; k++) {
          let along = 0;
          for (let i = 0; i < order; i++) along += vectors[k * order + i]! * solution[i]!;
          expect(Math.abs(along)).toBeLessThan(1e-6 * (1 + Math.hypot(...solution)));
        }
      }),
    );
  });

  it('a right side of zeros, and one that cannot be reached, which the residual tells', () => {
    const apply = products(Float64Array.of(1, 0, 0, 0), 2);
    expect(conjugateGradients(apply, new Float64Array(2), 1e-8, 10)).toEqual({
      solution: new Float64Array(2),
      residual: 0,
    });
    const { residual } = conjugateGradients(apply, Float64Array.of(0, 1), 1e-8, 10) as LinearSolution;
    expect(residual).toBe(1);
  });
});
