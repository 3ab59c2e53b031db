/** out = dy where y > 0, else 0. */
export function reluGradient(dy: usize, y: usize, out: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const bytes = <usize>count << 2;
  const vectorBytes = bytes & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) {
    v128.store(out + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), zero)));
  }
  for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0);
}
