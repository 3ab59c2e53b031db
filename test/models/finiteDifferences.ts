/**
 * Jacobian of `f` at `at` by central differences, one row an output. With h = 1e-4 the truncation error,
 * h^2 f''' / 6, and the rounding error, 1e-16 |f| / h, are both some 1e-9 to 1e-12: far below float32's.
 */
export function jacobian(f: (at: Float64Array) => readonly number[], at: ArrayLike<number>, h = 1e-4): number[][] {
  const point = Float64Array.from(at);
  const rows: number[][] = f(point).map(() => []);
  for (let index = 0; index < point.length; index++) {
    const here = point[index]!;
    point[index] = here + h;
    const above = f(point);
    point[index] = here - h;
    const below = f(point);
    point[index] = here;
    rows.forEach((row, output) => {
      row.push((above[output]! - below[output]!) / (2 * h));
    });
  }
  return rows;
}

/** Second derivatives of a scalar function by central differences: with h = 1e-3 the error is some 1e-7. */
export function hessian(f: (at: Float64Array) => number, at: ArrayLike<number>): number[][] {
  return jacobian((point) => jacobian((inner) => [f(inner)], point, 1e-3)[0]!, at, 1e-3);
}
