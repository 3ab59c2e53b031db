/**
 * out = x with its axes exchanged: out is dense, of `d0` x ... x `d4` runs of `run` elements; a step along its axis i is
 * `s_i` elements of x, and the elements of a run are neighbours in both.
 */
export function permute(
  x: usize,
  out: usize,
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  d4: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  s4: i32,
  run: i32,
): void {
  const bytes = <usize>run << 2;
  const vectorBytes = bytes & ~15;
  const step = <usize>s4 << 2;
  for (let i0 = 0; i0 < d0; i0++) {
    for (let i1 = 0; i1 < d1; i1++) {
      for (let i2 = 0; i2 < d2; i2++) {
        for (let i3 = 0; i3 < d3; i3++) {
          let from = x + (<usize>(i0 * s0 + i1 * s1 + i2 * s2 + i3 * s3) << 2);
          for (let i4 = 0; i4 < d4; i4++) {
            let at: usize = 0;
            for (; at < vectorBytes; at += 16) v128.store(out + at, v128.load(from + at));
            for (; at < bytes; at += 4) store<u32>(out + at, load<u32>(from + at));
            out += bytes;
            from += step;
          }
        }
      }
    }
  }
}
