/**
 * Solves A X = B for a positive definite A by Cholesky's factorisation, in float64. O(order^3 / 3).
 * @param matrix A, row-major, `order * order`; left as it is
 * @param right B, row-major, `order * columns`
 * @throws {RangeError} when A is not positive definite.
 */
export function symmetricSolve(matrix: ArrayLike<number>, right: ArrayLike<number>, order: number): Float64Array {
  const factor = choleskyFactor(matrix, order);
  const columns = right.length / order;
  const solution = Float64Array.from(right);
  for (let i = 0; i < order; i++) {
    for (let k = 0; k < i; k++) subtractRow(solution, columns, i, k, factor[i * order + k]!);
    divideRow(solution, columns, i, factor[i * order + i]!);
  }
  for (let i = order - 1; i >= 0; i--) {
    for (let k = i + 1; k < order; k++) subtractRow(solution, columns, i, k, factor[k * order + i]!);
    divideRow(solution, columns, i, factor[i * order + i]!);
  }
  return solution;
}

/** Lower triangular L with L L^T = A. */
function choleskyFactor(matrix: ArrayLike<number>, order: number): Float64Array {
  const factor = new Float64Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * order + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * order + k]! * factor[j * order + k]!;
      if (i > j) factor[i * order + j] = sum / factor[j * order + j]!;
      else if (sum > 1e-13 * matrix[i * order + i]!) factor[i * order + i] = Math.sqrt(sum);
      else
        throw new RangeError(`symmetricSolve: pivot ${i} of ${order} is ${sum}: expected a positive definite matrix`);
    }
  }
  return factor;
}

function subtractRow(values: Float64Array, columns: number, from: number, row: number, times: number): void {
  for (let c = 0; c < columns; c++) values[from * columns + c]! -= times * values[row * columns + c]!;
}

function divideRow(values: Float64Array, columns: number, row: number, by: number): void {
  for (let c = 0; c < columns; c++) values[row * columns + c]! /= by;
}
