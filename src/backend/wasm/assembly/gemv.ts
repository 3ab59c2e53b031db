// Products with a vector, where packing would cost more than the arithmetic.
import { laneSum, madd } from './madd';

/** y = M x: M is rows x columns, dense; x and y are vectors. Sizes at least 1. */
export function matrixVector(matrix: usize, x: usize, y: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  const vectorEnd = x + (<usize>(columns & ~3) << 2);
  const end = x + stride;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let r0 = matrix;
    let r1 = matrix + stride;
    let r2 = matrix + 2 * stride;
    let r3 = matrix + 3 * stride;
    let at = x;
    for (; at < vectorEnd; at += 16) {
      const v = v128.load(at);
      s0 = madd(v128.load(r0), v, s0);
      s1 = madd(v128.load(r1), v, s1);
      s2 = madd(v128.load(r2), v, s2);
      s3 = madd(v128.load(r3), v, s3);
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
    let y0 = laneSum(s0);
    let y1 = laneSum(s1);
    let y2 = laneSum(s2);
    let y3 = laneSum(s3);
    for (; at < end; at += 4) {
      const v = load<f32>(at);
      y0 += load<f32>(r0) * v;
      y1 += load<f32>(r1) * v;
      y2 += load<f32>(r2) * v;
      y3 += load<f32>(r3) * v;
      r0 += 4;
      r1 += 4;
      r2 += 4;
      r3 += 4;
    }
    store<f32>(y, y0);
    store<f32>(y, y1, 4);
    store<f32>(y, y2, 8);
    store<f32>(y, y3, 12);
    y += 16;
    matrix += 4 * stride;
  }
  for (; row < rows; row++) {
    let s = f32x4.splat(0);
    let t = f32x4.splat(0);
    let at = x;
    let r = matrix;
    for (; at + 16 < vectorEnd; at += 32) {
      s = madd(v128.load(r), v128.load(at), s);
      t = madd(v128.load(r, 16), v128.load(at, 16), t);
      r += 32;
    }
    for (; at < vectorEnd; at += 16) {
      s = madd(v128.load(r), v128.load(at), s);
      r += 16;
    }
    let sum = laneSum(f32x4.add(s, t));
    for (; at < end; at += 4) {
      sum += load<f32>(r) * load<f32>(at);
      r += 4;
    }
    store<f32>(y, sum);
    y += 4;
    matrix += stride;
  }
}

/** y = M' x: M is rows x columns, dense; four rows at a time, so that y is read and written a quarter as often. */
export function transposedMatrixVector(matrix: usize, x: usize, y: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  const vectorBytes = <usize>(columns & ~3) << 2;
  let row = 0;
  memory.fill(y, 0, stride);
  for (; row + 4 <= rows; row += 4) {
    const x0 = v128.load_splat<f32>(x);
    const x1 = v128.load_splat<f32>(x, 4);
    const x2 = v128.load_splat<f32>(x, 8);
    const x3 = v128.load_splat<f32>(x, 12);
    const r1 = matrix + stride;
    const r2 = matrix + 2 * stride;
    const r3 = matrix + 3 * stride;
    let j: usize = 0;
    for (; j < vectorBytes; j += 16) {
      let sum = madd(v128.load(matrix + j), x0, v128.load(y + j));
      sum = madd(v128.load(r1 + j), x1, sum);
      sum = madd(v128.load(r2 + j), x2, sum);
      v128.store(y + j, madd(v128.load(r3 + j), x3, sum));
    }
    for (; j < stride; j += 4) {
      let sum = load<f32>(y + j) + load<f32>(matrix + j) * load<f32>(x);
      sum += load<f32>(r1 + j) * load<f32>(x, 4);
      sum += load<f32>(r2 + j) * load<f32>(x, 8);
      store<f32>(y + j, sum + load<f32>(r3 + j) * load<f32>(x, 12));
    }
    x += 16;
    matrix += 4 * stride;
  }
  for (; row < rows; row++) {
    const x0 = v128.load_splat<f32>(x);
    let j: usize = 0;
    for (; j < vectorBytes; j += 16) v128.store(y + j, madd(v128.load(matrix + j), x0, v128.load(y + j)));
    for (; j < stride; j += 4) store<f32>(y + j, load<f32>(y + j) + load<f32>(matrix + j) * load<f32>(x));
    x += 4;
    matrix += stride;
  }
}

/** c = x y': the outer product of vectors of `rows` and `columns` elements. */
export function outerProduct(x: usize, y: usize, c: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  const vectorBytes = <usize>(columns & ~3) << 2;
  for (let row = 0; row < rows; row++) {
    const scale = v128.load_splat<f32>(x);
    let j: usize = 0;
    for (; j < vectorBytes; j += 16) v128.store(c + j, f32x4.mul(v128.load(y + j), scale));
    for (; j < stride; j += 4) store<f32>(c + j, load<f32>(y + j) * load<f32>(x));
    x += 4;
    c += stride;
  }
}
