import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { symmetricOperator } from '../../src/linalg/symmetricOperator.ts';
import { topEigenpairs } from '../../src/linalg/topEigenpairs.ts';
import {
  maxNorm,
  multiplied,
  orthonormalityError,
  positiveSemidefinite,
  symmetricMatrices,
  withSpectrum,
} from './matrices.ts';

describe('symmetricEigen', () => {
  it('reconstructs the matrix from orthonormal vectors and descending values', () => {
    fc.assert(
      fc.property(symmetricMatrices({ maxOrder: 20 }), ({ order, values: matrix }) => {
        const { values, vectors } = symmetricEigen(matrix.slice(), order);
        const scale = maxNorm(matrix) * order;
        expect(orthonormalityError(vectors, order)).toBeLessThan(1e-13 * order);
        for (let k = 1; k < order; k++) expect(values[k]).toBeLessThanOrEqual(values[k - 1]!);
        for (let i = 0; i < order; i++) {
          for (let j = 0; j < order; j++) {
            let sum = 0;
            for (let k = 0; k < order; k++) sum += values[k]! * vectors[k * order + i]! * vectors[k * order + j]!;
            expect(Math.abs(sum - matrix[i * order + j]!)).toBeLessThanOrEqual(1e-13 * scale);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds a known spectrum, degenerate or not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 15 }),
        fc.nat(),
        (spectrum, seed) => {
          const { values } = symmetricEigen(withSpectrum(spectrum, seed), spectrum.length);
          const expected = [...spectrum].sort((a, b) => b - a);
          values.forEach((value, k) => {
            expect(value).toBeCloseTo(expected[k]!, 10);
          });
        },
      ),
    );
  });

  it.each([1e-200, 1e-40, 1e40, 1e200])('does not depend on the scale: %f times a matrix', (scale) => {
    const spectrum = [3, 2, 2, -1];
    const { values } = symmetricEigen(
      withSpectrum(spectrum, 1).map((entry) => entry * scale),
      4,
    );
    values.forEach((value, k) => {
      expect(value / scale).toBeCloseTo(spectrum[k]!, 10);
    });
  });
});

describe('topEigenpairs', () => {
  /** A spectrum with a gap behind the wanted values, so that there is one right answer to 3e-7. */
  const problems = fc
    .record({
      order: fc.integer({ min: 1, max: 40 }),
      rank: fc.integer({ min: 1, max: 8 }),
      ratio: fc.double({ min: 0.3, max: 0.99, noNaN: true }),
      seed: fc.nat(),
    })
    .map(({ order, rank, ratio, seed }) => ({
      order,
      rank,
      seed,
      matrix: withSpectrum(
        Array.from({ length: order }, (_, k) => ratio ** k),
        seed,
      ),
    }));

  it('agrees with the full decomposition; the residual is the true one; the vectors are orthonormal', () => {
    fc.assert(
      fc.property(problems, ({ order, rank, matrix }) => {
        const found = topEigenpairs(symmetricOperator({ order, values: matrix }), order, rank);
        const wanted = Math.min(rank, order);
        const all = symmetricEigen(matrix.slice(), order);
        expect(found.values.length).toBe(wanted);
        expect(found.vectors.length).toBe(wanted * order);
        expect(found.residual).toBeLessThanOrEqual(3e-7);
        expect(orthonormalityError(found.vectors, order)).toBeLessThan(1e-12);
        let worst = 0;
        for (let k = 0; k < wanted; k++) {
          expect(Math.abs(found.values[k]! - all.values[k]!)).toBeLessThanOrEqual(3e-7 * all.values[0]!);
          const vector = found.vectors.subarray(k * order, (k + 1) * order);
          const image = multiplied(matrix, vector);
          worst = Math.max(worst, Math.hypot(...image.map((value, i) => value - found.values[k]! * vector[i]!)));
        }
        expect(Math.abs(worst / found.values[0]! - found.residual)).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it('indefinite and negative-definite matrices: the largest values, a true residual, a bounded number of products', () => {
    fc.assert(
      fc.property(symmetricMatrices({ maxOrder: 25 }), fc.integer({ min: 1, max: 5 }), (problem, rank) => {
        const { order, values: matrix } = problem;
        let products = 0;
        const apply = symmetricOperator(problem);
        const found = topEigenpairs(
          (input, output, count) => {
            products += count;
            apply(input, output, count);
          },
          order,
          rank,
        );
        const all = symmetricEigen(matrix.slice(), order);
        found.values.forEach((value, k) => {
          expect(Math.abs(value - all.values[k]!)).toBeLessThanOrEqual(1e-6 * maxNorm(matrix) * order);
        });
        expect(orthonormalityError(found.vectors, order)).toBeLessThan(1e-12);
        expect(products).toBeLessThan(3100);
      }),
      { numRuns: 200 },
    );
  });

  it('degenerate spectra: the right values and a span of eigenvectors', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (spectrum, rank, seed) => {
          const order = spectrum.length;
          const matrix = withSpectrum(spectrum, seed);
          const found = topEigenpairs(symmetricOperator({ order, values: matrix }), order, rank);
          const expected = [...spectrum].sort((a, b) => b - a);
          found.values.forEach((value, k) => {
            expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-6 * (expected[0]! + 1e-9));
          });
          expect(orthonormalityError(found.vectors, order)).toBeLessThan(1e-12);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a warm start from anything gives the same answer', () => {
    const starts = fc.oneof(
      fc.constant([]),
      fc.array(fc.double(), { maxLength: 200 }),
      fc.array(fc.constant(0), { maxLength: 200 }),
      fc.array(fc.constant(Number.NaN), { maxLength: 200 }),
      fc.array(fc.constant(1), { maxLength: 200 }),
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 200 }),
    );
    fc.assert(
      fc.property(problems, starts, ({ order, rank, matrix }, start) => {
        const apply = symmetricOperator({ order, values: matrix });
        const cold = topEigenpairs(apply, order, rank);
        const warm = topEigenpairs(apply, order, rank, { start: Float64Array.from(start) });
        expect(warm.residual).toBeLessThanOrEqual(3e-7);
        cold.values.forEach((value, k) => {
          expect(Math.abs(warm.values[k]! - value)).toBeLessThanOrEqual(1e-6 * cold.values[0]!);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('a warm start from another matrix, of whatever rank, gives the same answer', () => {
    fc.assert(
      fc.property(problems, fc.nat(), fc.integer({ min: 1, max: 12 }), ({ order, rank, matrix }, seed, other) => {
        const elsewhere = positiveSemidefinite(order, seed);
        const { start } = topEigenpairs(symmetricOperator({ order, values: elsewhere }), order, other);
        const apply = symmetricOperator({ order, values: matrix });
        const cold = topEigenpairs(apply, order, rank);
        const warm = topEigenpairs(apply, order, rank, { start });
        cold.values.forEach((value, k) => {
          expect(Math.abs(warm.values[k]! - value)).toBeLessThanOrEqual(1e-6 * cold.values[0]!);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('a warm start from the answer costs a few products, a cold one more', () => {
    const matrix = withSpectrum([9, 5, 3, 2, 1, 0.5, 0.2, 0.1, 0, 0, 0, 0, 0, 0, 0, 0], 3);
    let products = 0;
    const apply = symmetricOperator({ order: 16, values: matrix });
    const counted = (input: Float64Array, output: Float64Array, count: number) => {
      products += count;
      apply(input, output, count);
    };
    const { start } = topEigenpairs(counted, 16, 2, { tolerance: 1e-12 });
    products = 0;
    topEigenpairs(counted, 16, 2);
    const cold = products;
    products = 0;
    topEigenpairs(counted, 16, 2, { start });
    expect(products).toBeLessThanOrEqual(8);
    expect(products).toBeLessThan(cold);
  });

  it('exact eigenvectors that are no longer the largest do not hide the ones that are', () => {
    const diagonal = [1, 2, 3, 10, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const order = diagonal.length;
    const matrix = Float64Array.from({ length: order * order }, (_, index) =>
      Math.floor(index / order) === index % order ? diagonal[index % order]! : 0,
    );
    const start = new Float64Array(2 * order);
    start[0] = 1;
    start[order + 1] = 1;
    const found = topEigenpairs(symmetricOperator({ order, values: matrix }), order, 1, { start });
    expect(found.values[0]).toBeCloseTo(10, 5);
  });

  it('order 1, a rank beyond the order, and the zero matrix', () => {
    const one = topEigenpairs(symmetricOperator({ order: 1, values: Float64Array.of(-4) }), 1, 5);
    expect([...one.values]).toEqual([-4]);
    expect(Math.abs(one.vectors[0]!)).toBe(1);
    const zero = topEigenpairs(symmetricOperator({ order: 7, values: new Float64Array(49) }), 7, 3);
    expect([...zero.values].map(Math.abs)).toEqual([0, 0, 0]);
    expect(zero.residual).toBe(0);
    expect(orthonormalityError(zero.vectors, 7)).toBeLessThan(1e-12);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'an operator that yields %f gives NaN after one application',
    (bad) => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40 }), (order, rank) => {
          let calls = 0;
          const found = topEigenpairs(
            (_, output) => {
              calls++;
              output.fill(bad);
            },
            order,
            rank,
          );
          expect(calls).toBe(1);
          expect([...found.values, found.residual].every(Number.isNaN)).toBe(true);
          expect(found.values.length).toBe(Math.min(rank, order));
          expect(found.vectors.length).toBe(Math.min(rank, order) * order);
        }),
      );
    },
  );

  it('stops when its products are spent, and says how far it got', () => {
    const order = 120;
    const matrix = withSpectrum(
      Array.from({ length: order }, (_, k) => 1 - 1e-5 * k),
      5,
    );
    const found = topEigenpairs(symmetricOperator({ order, values: matrix }), order, 2, { maxProducts: 20 });
    expect(found.residual).toBeGreaterThan(3e-7);
    expect(found.residual).toBeLessThan(1e-2);
  });
});
