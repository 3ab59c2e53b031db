// Packing: copies of a block of a matrix, rearranged so that the tile kernel reads both operands front to back.
// Both transposes are absorbed here, which is why all four products run at one speed. Panels are padded with zeros;
// a padded row or column only ever reaches elements of a tile that are thrown away.

/** Rows of a tile of the result: 6 x 8 needs 12 accumulators, 2 vectors of B and 1 broadcast of A: all 15 registers V8 has to give. */
export const TILE_ROWS: i32 = 6;
/** Columns of a tile of the result: two vectors. */
export const TILE_COLUMNS: i32 = 8;

// Six rows of `source` (row stride in bytes), interleaved: for each p, the six elements of column p.
function packSixRows(source: usize, stride: usize, depth: i32, target: usize): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    const r0 = v128.load(source);
    const r1 = v128.load(source + stride);
    const r2 = v128.load(source + 2 * stride);
    const r3 = v128.load(source + 3 * stride);
    const r4 = v128.load(source + 4 * stride);
    const r5 = v128.load(source + 5 * stride);
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const u0 = v128.shuffle<f32>(r4, r5, 0, 4, 1, 5);
    const u1 = v128.shuffle<f32>(r4, r5, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
    v128.store_lane<f64>(target, u0, 0, 16);
    v128.store(target, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), 24);
    v128.store_lane<f64>(target, u0, 1, 40);
    v128.store(target, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 48);
    v128.store_lane<f64>(target, u1, 0, 64);
    v128.store(target, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 72);
    v128.store_lane<f64>(target, u1, 1, 88);
    source += 16;
    target += 96;
  }
  for (; p < depth; p++) {
    for (let row: usize = 0; row < 6; row++) {
      store<f32>(target + row * 4, load<f32>(source + row * stride));
    }
    source += 4;
    target += 24;
  }
}

// Eight rows of `source`, interleaved.
function packEightRows(source: usize, stride: usize, depth: i32, target: usize): void {
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    for (let half: usize = 0; half < 2; half++) {
      const from = source + half * 4 * stride;
      const to = target + half * 16;
      const r0 = v128.load(from);
      const r1 = v128.load(from + stride);
      const r2 = v128.load(from + 2 * stride);
      const r3 = v128.load(from + 3 * stride);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), 32);
      v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 64);
      v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 96);
    }
    source += 16;
    target += 128;
  }
  for (; p < depth; p++) {
    for (let row: usize = 0; row < 8; row++) {
      store<f32>(target + row * 4, load<f32>(source + row * stride));
    }
    source += 4;
    target += 32;
  }
}

// Six adjacent columns of `source`.
function packSixColumns(source: usize, stride: usize, depth: i32, target: usize): void {
  for (let p = 0; p < depth; p++) {
    v128.store(target, v128.load(source));
    store<u64>(target, load<u64>(source, 16), 16);
    source += stride;
    target += 24;
  }
}

// Eight adjacent columns of `source`.
function packEightColumns(source: usize, stride: usize, depth: i32, target: usize): void {
  for (let p = 0; p < depth; p++) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    source += stride;
    target += 32;
  }
}

// A panel at the edge of the matrix: `count` of `width` lanes exist, the rest are zero.
function packEdge(
  source: usize,
  laneStride: usize,
  depthStride: usize,
  count: i32,
  width: i32,
  depth: i32,
  target: usize,
): void {
  for (let p = 0; p < depth; p++) {
    for (let lane = 0; lane < width; lane++) {
      store<f32>(target, lane < count ? load<f32>(source + <usize>lane * laneStride) : <f32>0);
      target += 4;
    }
    source += depthStride;
  }
}

/**
 * Packs `count` lanes (rows of A or columns of B) by `depth` into panels of `width` lanes.
 * `contiguousLanes`: neighbouring lanes are neighbours in memory (A transposed, B as it is); otherwise neighbouring depths are.
 * `stride`: bytes from one line in memory to the next.
 */
export function pack(
  source: usize,
  stride: usize,
  contiguousLanes: bool,
  count: i32,
  width: i32,
  depth: i32,
  target: usize,
): void {
  const panelBytes = <usize>(width * depth) << 2;
  const panelStep = contiguousLanes ? <usize>width << 2 : <usize>width * stride;
  for (let lane = 0; lane < count; lane += width) {
    const left = count - lane;
    if (left < width) {
      const laneStride = contiguousLanes ? <usize>4 : stride;
      const depthStride = contiguousLanes ? stride : <usize>4;
      packEdge(source, laneStride, depthStride, left, width, depth, target);
    } else if (width == TILE_ROWS) {
      if (contiguousLanes) packSixColumns(source, stride, depth, target);
      else packSixRows(source, stride, depth, target);
    } else {
      if (contiguousLanes) packEightColumns(source, stride, depth, target);
      else packEightRows(source, stride, depth, target);
    }
    source += panelStep;
    target += panelBytes;
  }
}
