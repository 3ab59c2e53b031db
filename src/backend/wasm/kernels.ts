/**
 * The functions compiled from `assembly/`. Pointers are byte addresses on tfjs's heap, sizes count elements, matrices
 * are dense, row-major float32. Sizes are at least 1: callers deal with empty tensors.
 */
export interface Kernels {
  gemm(
    a: number,
    b: number,
    c: number,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
    transposeB: boolean,
    symmetric: boolean,
    scratch: number,
  ): void;
  gemmScratchBytes(): number;
  matrixVector(matrix: number, x: number, y: number, rows: number, columns: number): void;
  transposedMatrixVector(matrix: number, x: number, y: number, rows: number, columns: number): void;
  outerProduct(x: number, y: number, c: number, rows: number, columns: number): void;
  addBias(c: number, bias: number, rows: number, columns: number): void;
  sumRows(x: number, out: number, rows: number, columns: number): void;
  sumColumns(x: number, out: number, rows: number, columns: number): void;
  divideInPlace(x: number, count: number, divisor: number): void;
  transpose(x: number, out: number, rows: number, columns: number): void;
  exp(x: number, out: number, count: number): void;
  tanh(x: number, out: number, count: number): void;
  erf(x: number, out: number, count: number): void;
}

/** Which arithmetic the kernels were compiled with: `relaxed` fuses multiplication and addition where the processor can. */
export type Arithmetic = 'relaxed' | 'plain';

/** Kernels bound to one backend's heap. */
export interface BoundKernels {
  readonly arithmetic: Arithmetic;
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Address of the memory `gemm` packs into; allocated once, so that a product allocates nothing but its result. */
  readonly scratch: number;
}
