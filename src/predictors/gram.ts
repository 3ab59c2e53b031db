/** X X^T in float64, row-major `[n, n]`, of rows `[n, d]`. */
export function gram(rows: ArrayLike<number>, size: number, dimension: number): Float64Array {
  const products = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let at = 0; at < dimension; at++) sum += rows[i * dimension + at]! * rows[j * dimension + at]!;
      products[i * size + j] = sum;
      products[j * size + i] = sum;
    }
  }
  return products;
}

/** X^T c: the rows added up with a coefficient each. */
export function combination(rows: ArrayLike<number>, coefficients: ArrayLike<number>, dimension: number): Float64Array {
  const sum = new Float64Array(dimension);
  for (let i = 0; i < coefficients.length; i++) {
    const coefficient = coefficients[i]!;
    if (coefficient === 0) continue;
    for (let at = 0; at < dimension; at++) sum[at]! += coefficient * rows[i * dimension + at]!;
  }
  return sum;
}
