// Transcendental functions, four lanes at a time. tfjs calls the C library element by element (20 ns or more for a tanh).
// All pass NaN on: wasm's min and max do, and so does every arithmetic operation.
import { madd } from './madd';

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.max(f32x4.splat(low), f32x4.min(f32x4.splat(high), x));
}

// exp after Cephes `expf`: x = n ln 2 + r, a polynomial of degree 6 in r, and the scaling by 2^n in two steps, so that
// results overflow to infinity and sink into subnormals exactly where they should. Relative error about 1e-7.
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const inside = clamp(x, -104, 89);
  const n = f32x4.nearest(f32x4.mul(inside, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts: the first has few enough bits that n times it is exact.
  let r = f32x4.sub(inside, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(power, 1);
  const rest = i32x4.sub(power, half);
  const bias = i32x4.splat(127);
  const scaled = f32x4.mul(y, i32x4.shl(i32x4.add(half, bias), 23));
  return f32x4.mul(scaled, i32x4.shl(i32x4.add(rest, bias), 23));
}

// tanh as the odd rational function of Eigen's `ptanh` (degree 13 over degree 6). Absolute error below 3e-7.
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const inside = clamp(x, -7.90531110763549805, 7.90531110763549805);
  const square = f32x4.mul(inside, inside);
  let p = madd(f32x4.splat(-2.76076847742355e-16), square, f32x4.splat(2.00018790482477e-13));
  p = madd(p, square, f32x4.splat(-8.60467152213735e-11));
  p = madd(p, square, f32x4.splat(5.12229709037114e-8));
  p = madd(p, square, f32x4.splat(1.48572235717979e-5));
  p = madd(p, square, f32x4.splat(6.37261928875436e-4));
  p = madd(p, square, f32x4.splat(4.89352455891786e-3));
  let q = madd(f32x4.splat(1.19825839466702e-6), square, f32x4.splat(1.18534705686654e-4));
  q = madd(q, square, f32x4.splat(2.268434632439e-3));
  q = madd(q, square, f32x4.splat(4.89352518554385e-3));
  return clamp(f32x4.div(f32x4.mul(inside, p), q), -1, 1);
}

// erf after Abramowitz and Stegun 7.1.26, the approximation every tfjs backend uses. Absolute error below 6e-7.
// @ts-ignore: decorator
@inline
function erf4(x: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(f32x4.splat(1), madd(f32x4.splat(0.3275911), size, f32x4.splat(1)));
  let p = madd(f32x4.splat(1.061405429), t, f32x4.splat(-1.453152027));
  p = madd(p, t, f32x4.splat(1.421413741));
  p = madd(p, t, f32x4.splat(-0.284496736));
  p = madd(p, t, f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), exp4(f32x4.neg(f32x4.mul(size, size))));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.or(v128.andnot(f32x4.sub(f32x4.splat(1), tail), i32x4.splat(0x80000000)), sign);
}

// @ts-ignore: decorator
@inline
function apply(which: i32, x: v128): v128 {
  if (which == 0) return exp4(x);
  if (which == 1) return tanh4(x);
  return erf4(x);
}

// @ts-ignore: decorator
@inline
function map(which: i32, x: usize, out: usize, count: i32): void {
  const end = x + (<usize>(count & ~3) << 2);
  for (; x < end; x += 16) {
    v128.store(out, apply(which, v128.load(x)));
    out += 16;
  }
  for (let rest = count & 3; rest > 0; rest--) {
    store<f32>(out, f32x4.extract_lane(apply(which, v128.load_splat<f32>(x)), 0));
    x += 4;
    out += 4;
  }
}

/** out = exp(x), elementwise. */
export function exp(x: usize, out: usize, count: i32): void {
  map(0, x, out, count);
}

/** out = tanh(x), elementwise. */
export function tanh(x: usize, out: usize, count: i32): void {
  map(1, x, out, count);
}

/** out = erf(x), elementwise. */
export function erf(x: usize, out: usize, count: i32): void {
  map(2, x, out, count);
}
