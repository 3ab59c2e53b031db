// Single-precision matrix product after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication",
// ACM TOMS 34(3), 2008: pack a block of A and of B, then run one register-tiled kernel over the panels.
import { madd } from './madd';
import { pack, TILE_COLUMNS, TILE_ROWS } from './pack';

// One panel of B (256 x 8 floats, 8 KiB) stays in the first-level cache while the block of A (96 KiB) streams from the second.
const BLOCK_DEPTH: i32 = 256;
const BLOCK_ROWS: i32 = 96;
const BLOCK_COLUMNS: i32 = 512;

const PACKED_A_BYTES: usize = <usize>(BLOCK_ROWS * BLOCK_DEPTH) << 2;
const PACKED_B_BYTES: usize = <usize>(BLOCK_COLUMNS * BLOCK_DEPTH) << 2;
const EDGE_TILE_BYTES: usize = <usize>(TILE_ROWS * TILE_COLUMNS) << 2;

/** Bytes of scratch memory `gemm` needs. */
export function gemmScratchBytes(): usize {
  return PACKED_A_BYTES + PACKED_B_BYTES + EDGE_TILE_BYTES;
}

// @ts-ignore: decorator
@inline
function put(at: usize, low: v128, high: v128, accumulate: bool): void {
  if (accumulate) {
    v128.store(at, f32x4.add(v128.load(at), low));
    v128.store(at, f32x4.add(v128.load(at, 16), high), 16);
  } else {
    v128.store(at, low);
    v128.store(at, high, 16);
  }
}

// One 6 x 8 tile: c (+)= panelA . panelB over `depth`. `stride`: bytes between rows of c.
function tile(depth: i32, a: usize, b: usize, c: usize, stride: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = a + <usize>depth * 24;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00);
    c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(s, b0, c10);
    c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(s, b0, c20);
    c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(s, b0, c30);
    c31 = madd(s, b1, c31);
    s = v128.load_splat<f32>(a, 16);
    c40 = madd(s, b0, c40);
    c41 = madd(s, b1, c41);
    s = v128.load_splat<f32>(a, 20);
    c50 = madd(s, b0, c50);
    c51 = madd(s, b1, c51);
    a += 24;
    b += 32;
  }
  put(c, c00, c01, accumulate);
  put(c + stride, c10, c11, accumulate);
  put(c + 2 * stride, c20, c21, accumulate);
  put(c + 3 * stride, c30, c31, accumulate);
  put(c + 4 * stride, c40, c41, accumulate);
  put(c + 5 * stride, c50, c51, accumulate);
}

// A tile that sticks out of the matrix: computed aside, and what exists of it copied.
function edgeTile(
  depth: i32,
  a: usize,
  b: usize,
  c: usize,
  stride: usize,
  accumulate: bool,
  rows: i32,
  columns: i32,
  aside: usize,
): void {
  tile(depth, a, b, aside, TILE_COLUMNS << 2, false);
  for (let row = 0; row < rows; row++) {
    const from = aside + (<usize>(row * TILE_COLUMNS) << 2);
    const to = c + <usize>row * stride;
    for (let column = 0; column < columns; column++) {
      const at = to + (<usize>column << 2);
      const value = load<f32>(from + (<usize>column << 2));
      store<f32>(at, accumulate ? load<f32>(at) + value : value);
    }
  }
}

// Copies the lower triangle of a square matrix onto the upper, in blocks so that both sides stay in cache.
function mirror(c: usize, size: i32): void {
  const stride = <usize>size << 2;
  for (let rowBlock = 0; rowBlock < size; rowBlock += 16) {
    const rowEnd = min(rowBlock + 16, size);
    for (let columnBlock = 0; columnBlock <= rowBlock; columnBlock += 16) {
      for (let row = rowBlock; row < rowEnd; row++) {
        const columnEnd = min(columnBlock + 16, row);
        let from = c + <usize>row * stride + (<usize>columnBlock << 2);
        let to = c + <usize>columnBlock * stride + (<usize>row << 2);
        for (let column = columnBlock; column < columnEnd; column++) {
          store<f32>(to, load<f32>(from));
          from += 4;
          to += stride;
        }
      }
    }
  }
}

/**
 * c = op(a) . op(b): op(a) is m x k, op(b) is k x n, c is m x n, all dense and row-major, sizes at least 1.
 * With `symmetric` the product is known to be (m = n): only tiles that touch the lower triangle are computed, then mirrored.
 * With `accumulate` it is added to what c holds; not both.
 */
export function gemm(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  n: i32,
  k: i32,
  transposeA: bool,
  transposeB: bool,
  symmetric: bool,
  accumulate: bool,
  scratch: usize,
): void {
  const packedA = scratch;
  const packedB = packedA + PACKED_A_BYTES;
  const aside = packedB + PACKED_B_BYTES;
  const strideA = <usize>(transposeA ? m : k) << 2;
  const strideB = <usize>(transposeB ? k : n) << 2;
  const strideC = <usize>n << 2;
  // Blocks of equal depth: 257 is two of 129, not 256 and a sliver.
  const depthBlocks = (k + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
  const blockDepth = (k + depthBlocks - 1) / depthBlocks;

  for (let jc = 0; jc < n; jc += BLOCK_COLUMNS) {
    const columns = min(BLOCK_COLUMNS, n - jc);
    for (let pc = 0; pc < k; pc += blockDepth) {
      const depth = min(blockDepth, k - pc);
      const adds = accumulate || pc > 0;
      const fromB = transposeB
        ? b + <usize>jc * strideB + (<usize>pc << 2)
        : b + <usize>pc * strideB + (<usize>jc << 2);
      pack(fromB, strideB, !transposeB, columns, TILE_COLUMNS, depth, packedB);

      for (let ic = 0; ic < m; ic += BLOCK_ROWS) {
        const rows = min(BLOCK_ROWS, m - ic);
        if (symmetric && ic + rows <= jc) continue;
        const fromA = transposeA
          ? a + <usize>pc * strideA + (<usize>ic << 2)
          : a + <usize>ic * strideA + (<usize>pc << 2);
        pack(fromA, strideA, transposeA, rows, TILE_ROWS, depth, packedA);

        for (let jr = 0; jr < columns; jr += TILE_COLUMNS) {
          const tileColumns = min(TILE_COLUMNS, columns - jr);
          const panelB = packedB + (<usize>(jr * depth) << 2);
          for (let ir = 0; ir < rows; ir += TILE_ROWS) {
            const tileRows = min(TILE_ROWS, rows - ir);
            if (symmetric && ic + ir + tileRows <= jc + jr) continue;
            const panelA = packedA + (<usize>(ir * depth) << 2);
            const to = c + <usize>(ic + ir) * strideC + (<usize>(jc + jr) << 2);
            if (tileRows == TILE_ROWS && tileColumns == TILE_COLUMNS) {
              tile(depth, panelA, panelB, to, strideC, adds);
            } else {
              edgeTile(depth, panelA, panelB, to, strideC, adds, tileRows, tileColumns, aside);
            }
          }
        }
      }
    }
  }
  if (symmetric) mirror(c, m);
}
