import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricSolve } from '../../src/linalg/symmetricSolve.ts';
import { randomStream } from '../../src/randomness.ts';

describe('symmetricSolve', () => {
  it('A X = B for positive definite A and several columns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), fc.nat(), (order, columns, seed) => {
        const stream = randomStream(seed, 'matrix');
        const root = Float64Array.from({ length: order * order }, () => stream.normal());
        const matrix = Float64Array.from({ length: order * order }, (_, at) => {
          let sum = at % (order + 1) === 0 ? 0.5 : 0;
          for (let k = 0; k < order; k++)
            sum += root[Math.floor(at / order) * order + k]! * root[(at % order) * order + k]!;
          return sum;
        });
        const kept = matrix.slice();
        const right = Float64Array.from({ length: order * columns }, () => stream.normal());
        const solution = symmetricSolve(matrix, right, order);
        expect(matrix).toEqual(kept);
        right.forEach((value, at) => {
          let sum = 0;
          for (let k = 0; k < order; k++)
            sum += matrix[Math.floor(at / columns) * order + k]! * solution[k * columns + (at % columns)]!;
          expect(sum).toBeCloseTo(value, 8);
        });
      }),
    );
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => symmetricSolve([1, 2, 2, 1], [1, 1], 2)).toThrow(
      'pivot 1 of 2 is -3: expected a positive definite matrix',
    );
  });
});
