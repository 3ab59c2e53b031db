// Products of a float32 matrix with float64 vectors, accumulated in float64. Pointers are byte addresses, sizes count
// elements; vectors lie one behind the other, `order` numbers each, and so do the results.

export function multiply(matrix: usize, order: i32, vectors: usize, results: usize, count: i32): void {
  const stride = (order as usize) << 3;
  let done = 0;
  for (; done + 4 <= count; done += 4) four(matrix, order, vectors + done * stride, results + done * stride, stride);
  for (; done < count; done++) one(matrix, order, vectors + done * stride, results + done * stride);
}

// Four vectors share each pass over the matrix: eight multiplications for every four entries loaded and widened.
function four(matrix: usize, order: i32, vectors: usize, results: usize, stride: usize): void {
  const quads = order & ~3;
  const v1 = vectors + stride;
  const v2 = v1 + stride;
  const v3 = v2 + stride;
  for (let i = 0; i < order; i++) {
    const row = matrix + (((i as usize) * (order as usize)) << 2);
    let a0 = f64x2.splat(0);
    let a1 = f64x2.splat(0);
    let a2 = f64x2.splat(0);
    let a3 = f64x2.splat(0);
    for (let j = 0; j < quads; j += 4) {
      const entries = v128.load(row + ((j as usize) << 2));
      const low = f64x2.promote_low_f32x4(entries);
      const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(entries, entries, 1, 1));
      const at = (j as usize) << 3;
      a0 = f64x2.add(a0, f64x2.mul(low, v128.load(vectors + at)));
      a1 = f64x2.add(a1, f64x2.mul(low, v128.load(v1 + at)));
      a2 = f64x2.add(a2, f64x2.mul(low, v128.load(v2 + at)));
      a3 = f64x2.add(a3, f64x2.mul(low, v128.load(v3 + at)));
      a0 = f64x2.add(a0, f64x2.mul(high, v128.load(vectors + at, 16)));
      a1 = f64x2.add(a1, f64x2.mul(high, v128.load(v1 + at, 16)));
      a2 = f64x2.add(a2, f64x2.mul(high, v128.load(v2 + at, 16)));
      a3 = f64x2.add(a3, f64x2.mul(high, v128.load(v3 + at, 16)));
    }
    let s0 = lanes(a0);
    let s1 = lanes(a1);
    let s2 = lanes(a2);
    let s3 = lanes(a3);
    for (let j = quads; j < order; j++) {
      const entry = load<f32>(row + ((j as usize) << 2)) as f64;
      const at = (j as usize) << 3;
      s0 += entry * load<f64>(vectors + at);
      s1 += entry * load<f64>(v1 + at);
      s2 += entry * load<f64>(v2 + at);
      s3 += entry * load<f64>(v3 + at);
    }
    const out = results + ((i as usize) << 3);
    store<f64>(out, s0);
    store<f64>(out + stride, s1);
    store<f64>(out + 2 * stride, s2);
    store<f64>(out + 3 * stride, s3);
  }
}

// One vector; four independent sums hide the latency of the additions.
function one(matrix: usize, order: i32, vector: usize, result: usize): void {
  const blocks = order & ~7;
  for (let i = 0; i < order; i++) {
    const row = matrix + (((i as usize) * (order as usize)) << 2);
    let a0 = f64x2.splat(0);
    let a1 = f64x2.splat(0);
    let a2 = f64x2.splat(0);
    let a3 = f64x2.splat(0);
    for (let j = 0; j < blocks; j += 8) {
      const first = v128.load(row + ((j as usize) << 2));
      const second = v128.load(row + ((j as usize) << 2), 16);
      const at = vector + ((j as usize) << 3);
      a0 = f64x2.add(a0, f64x2.mul(f64x2.promote_low_f32x4(first), v128.load(at)));
      a1 = f64x2.add(a1, f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(first, first, 1, 1)), v128.load(at, 16)));
      a2 = f64x2.add(a2, f64x2.mul(f64x2.promote_low_f32x4(second), v128.load(at, 32)));
      a3 = f64x2.add(a3, f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(second, second, 1, 1)), v128.load(at, 48)));
    }
    let sum = lanes(f64x2.add(f64x2.add(a0, a1), f64x2.add(a2, a3)));
    for (let j = blocks; j < order; j++) {
      sum += (load<f32>(row + ((j as usize) << 2)) as f64) * load<f64>(vector + ((j as usize) << 3));
    }
    store<f64>(result + ((i as usize) << 3), sum);
  }
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
