import type { SymmetricMatrix } from '../probe.ts';
import { productsOf } from './floatProducts.ts';
import type { SymmetricOperator } from './topEigenpairs.ts';

/** Products of a symmetric matrix with float64 vectors, in float64 whatever the matrix is stored in. */
export function symmetricOperator({ values, order }: SymmetricMatrix): SymmetricOperator {
  if (values instanceof Float32Array) return productsOf(values, order);
  return (input, output, count) => {
    for (let first = 0; first < count * order; first += order) product(values, order, input, output, first);
  };
}

function product(matrix: Float64Array, order: number, input: Float64Array, output: Float64Array, first: number): void {
  for (let i = 0; i < order; i++) {
    const row = i * order;
    let sum = 0;
    for (let j = 0; j < order; j++) sum += matrix[row + j]! * input[first + j]!;
    output[first + i] = sum;
  }
}
