import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricOperator } from '../../src/linalg/symmetricOperator.ts';
import { randomStream } from '../../src/randomness.ts';
import { multiplied } from './matrices.ts';

/** A random symmetric matrix of float32 numbers. */
function floatMatrix(order: number, seed: number): Float32Array {
  const stream = randomStream(seed, 'float matrix');
  const values = new Float32Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      values[i * order + j] = stream.normal();
      values[j * order + i] = values[i * order + j]!;
    }
  }
  return values;
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }), fc.nat());

function expectProducts(values: Float32Array | Float64Array, order: number, count: number, seed: number): void {
  const stream = randomStream(seed, 'vectors');
  const input = Float64Array.from({ length: count * order }, () => stream.normal());
  const output = new Float64Array(count * order + 3).fill(7);
  symmetricOperator({ order, values })(input, output, count);
  for (let k = 0; k < count; k++) {
    const expected = multiplied(Float64Array.from(values), input.subarray(k * order, (k + 1) * order));
    expected.forEach((value, i) => {
      // Sums of `order` float64 products: only their order may differ.
      expect(Math.abs(output[k * order + i]! - value)).toBeLessThan(1e-13 * (1 + order));
    });
  }
  expect([...output.subarray(count * order)]).toEqual([7, 7, 7]);
}

describe('products with a symmetric matrix', () => {
  it('are those of the definition in float64, for a matrix stored in float32 or float64', () => {
    fc.assert(
      fc.property(sizes, ([order, count, seed]) => {
        const matrix = floatMatrix(order, seed);
        expectProducts(matrix, order, count, seed);
        expectProducts(Float64Array.from(matrix), order, count, seed);
      }),
    );
  });

  it('matrices that take turns do not get in the way of one another', () => {
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 2, maxLength: 4 }), fc.array(fc.nat({ max: 3 })), (all, turns) => {
        const matrices = all.map(([order, , seed]) => floatMatrix(order, seed));
        for (const turn of turns) {
          const which = turn % all.length;
          const [order, count, seed] = all[which]!;
          expectProducts(matrices[which]!, order, count, seed + turn);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a matrix larger than any before', () => {
    expectProducts(floatMatrix(700, 1), 700, 3, 1);
    expectProducts(floatMatrix(3, 2), 3, 2, 2);
  });
});
