import type { SymmetricMatrix } from '../probe.ts';
import type { SymmetricOperator } from './topEigenpairs.ts';

/**
 * Products of a symmetric matrix, in float64 whatever the matrix is stored in. Two vectors share each
 * pass over the matrix, which is what the product costs.
 */
export function symmetricOperator({ values, order }: SymmetricMatrix): SymmetricOperator {
  return (input, output, count) => {
    let vector = 0;
    for (; vector + 1 < count; vector += 2) pair(values, order, input, output, vector * order);
    if (vector < count) single(values, order, input, output, vector * order);
  };
}

function pair(
  matrix: ArrayLike<number>,
  order: number,
  input: Float64Array,
  output: Float64Array,
  first: number,
): void {
  const second = first + order;
  for (let i = 0; i < order; i++) {
    const row = i * order;
    let a = 0;
    let b = 0;
    for (let j = 0; j < order; j++) {
      const entry = matrix[row + j]!;
      a += entry * input[first + j]!;
      b += entry * input[second + j]!;
    }
    output[first + i] = a;
    output[second + i] = b;
  }
}

function single(
  matrix: ArrayLike<number>,
  order: number,
  input: Float64Array,
  output: Float64Array,
  first: number,
): void {
  for (let i = 0; i < order; i++) {
    const row = i * order;
    let a = 0;
    for (let j = 0; j < order; j++) a += matrix[row + j]! * input[first + j]!;
    output[first + i] = a;
  }
}
