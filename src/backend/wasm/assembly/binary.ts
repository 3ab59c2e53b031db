// Sums, differences and products of two tensors, elementwise; the second is as large as the first, or one row for all
// rows, or one number for each row.

// @ts-ignore: decorator
@inline
function combined(operation: i32, a: v128, b: v128): v128 {
  if (operation == 0) return f32x4.add(a, b);
  if (operation == 1) return f32x4.sub(a, b);
  return f32x4.mul(a, b);
}

// @ts-ignore: decorator
@inline
function combinedOne(operation: i32, a: f32, b: f32): f32 {
  if (operation == 0) return a + b;
  if (operation == 1) return a - b;
  return a * b;
}

// `rowStep`, bytes of b from one row to the next; `splat`, whether a row of b is one number.
// @ts-ignore: decorator
@inline
function combine(
  operation: i32,
  a: usize,
  b: usize,
  out: usize,
  rows: i32,
  columns: i32,
  rowStep: usize,
  splat: bool,
): void {
  const bytes = <usize>columns << 2;
  const vectorBytes = bytes & ~15;
  for (let row = 0; row < rows; row++) {
    const one = splat ? load<f32>(b) : <f32>0;
    const four = f32x4.splat(one);
    let at: usize = 0;
    for (; at < vectorBytes; at += 16) {
      v128.store(out + at, combined(operation, v128.load(a + at), splat ? four : v128.load(b + at)));
    }
    for (; at < bytes; at += 4) {
      store<f32>(out + at, combinedOne(operation, load<f32>(a + at), splat ? one : load<f32>(b + at)));
    }
    a += bytes;
    out += bytes;
    b += rowStep;
  }
}

// @ts-ignore: decorator
@inline
function broadcast(operation: i32, a: usize, b: usize, out: usize, rows: i32, columns: i32, shape: i32): void {
  if (shape == 0) combine(operation, a, b, out, 1, rows * columns, 0, false);
  else if (shape == 1) combine(operation, a, b, out, rows, columns, 0, false);
  else combine(operation, a, b, out, rows, columns, 4, true);
}

/** out = a + b; `shape` of b: 0 as large as a, 1 one row of `columns`, 2 one number for each of `rows`. */
export function add(a: usize, b: usize, out: usize, rows: i32, columns: i32, shape: i32): void {
  broadcast(0, a, b, out, rows, columns, shape);
}

/** out = a - b. */
export function subtract(a: usize, b: usize, out: usize, rows: i32, columns: i32, shape: i32): void {
  broadcast(1, a, b, out, rows, columns, shape);
}

/** out = a * b. */
export function multiply(a: usize, b: usize, out: usize, rows: i32, columns: i32, shape: i32): void {
  broadcast(2, a, b, out, rows, columns, shape);
}
