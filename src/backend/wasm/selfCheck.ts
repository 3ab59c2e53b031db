import type { Kernels } from './kernels.ts';

// Odd sizes: whole tiles, tiles at both edges, and a depth that is no multiple of four.
const ROWS = 13;
const COLUMNS = 19;
const DEPTH = 11;

/**
 * Multiplies two small matrices with freshly loaded kernels and compares with float64 arithmetic, in all four
 * transposes. Relaxed SIMD is allowed to differ between processors; a miscompiled product would be worse than a slow one.
 *
 * @param address the start of `selfCheckBytes` free bytes on the heap
 */
export function computesCorrectly(
  kernels: Kernels,
  memory: WebAssembly.Memory,
  address: number,
  scratch: number,
): boolean {
  const a = new Float32Array(memory.buffer, address, ROWS * DEPTH);
  const b = new Float32Array(memory.buffer, address + 4 * a.length, DEPTH * COLUMNS);
  const c = new Float32Array(memory.buffer, b.byteOffset + 4 * b.length, ROWS * COLUMNS);
  for (let i = 0; i < a.length; i++) a[i] = Math.sin(i + 1);
  for (let i = 0; i < b.length; i++) b[i] = Math.cos(3 * i);
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      kernels.gemm(
        a.byteOffset,
        b.byteOffset,
        c.byteOffset,
        ROWS,
        COLUMNS,
        DEPTH,
        transposeA,
        transposeB,
        false,
        false,
        scratch,
      );
      for (let i = 0; i < ROWS; i++) {
        for (let j = 0; j < COLUMNS; j++) {
          let sum = 0;
          for (let p = 0; p < DEPTH; p++) {
            sum += a[transposeA ? p * ROWS + i : i * DEPTH + p]! * b[transposeB ? j * DEPTH + p : p * COLUMNS + j]!;
          }
          // Written so that NaN fails.
          if (!(Math.abs(c[i * COLUMNS + j]! - sum) < 1e-5)) return false;
        }
      }
    }
  }
  return true;
}

/** Bytes of heap that `computesCorrectly` writes to. */
export const selfCheckBytes = 4 * (ROWS * DEPTH + DEPTH * COLUMNS + ROWS * COLUMNS);
