// Sums over the inner or the outer axes of a dense matrix.
import { laneSum } from './madd';

/** out[i] = sum over j of x[i, j]. Sixteen partial sums, so rounding error grows with columns / 16, and no addition waits for the last. */
export function sumRows(x: usize, out: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let column = 0;
    for (; column + 16 <= columns; column += 16) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += 64;
    }
    for (; column + 4 <= columns; column += 4) {
      s0 = f32x4.add(s0, v128.load(x));
      x += 16;
    }
    let sum = laneSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (; column < columns; column++) {
      sum += load<f32>(x);
      x += 4;
    }
    store<f32>(out, sum);
    out += 4;
  }
}

/** out[j] = sum over i of x[i, j]. Sixteen columns at a time, then four, so that the sums stay in registers. */
export function sumColumns(x: usize, out: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let at = x;
    for (let row = 0; row < rows; row++) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
      at += stride;
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    x += 64;
    out += 64;
  }
  for (; column + 4 <= columns; column += 4) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let at = x;
    let row = 0;
    for (; row + 2 <= rows; row += 2) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at + stride));
      at += 2 * stride;
    }
    if (row < rows) s0 = f32x4.add(s0, v128.load(at));
    v128.store(out, f32x4.add(s0, s1));
    x += 16;
    out += 16;
  }
  for (; column < columns; column++) {
    let sum: f32 = 0;
    let at = x;
    for (let row = 0; row < rows; row++) {
      sum += load<f32>(at);
      at += stride;
    }
    store<f32>(out, sum);
    x += 4;
    out += 4;
  }
}

/** x /= divisor, in place. */
export function divideInPlace(x: usize, count: i32, divisor: f32): void {
  const end = x + (<usize>count << 2);
  for (; x < end; x += 4) store<f32>(x, load<f32>(x) / divisor);
}
