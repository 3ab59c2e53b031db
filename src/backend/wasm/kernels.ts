/** On rows `first` to `first + count` of the patch matrix of images (NHWC); lengths in pixels, `top` and `left` of padding. */
type OnPatches = (
  images: number,
  patches: number,
  first: number,
  count: number,
  height: number,
  width: number,
  channels: number,
  kernelHeight: number,
  kernelWidth: number,
  strideHeight: number,
  strideWidth: number,
  top: number,
  left: number,
  outHeight: number,
  outWidth: number,
) => void;

/** `shape` of b: 0 as large as a, 1 one row of `columns`, 2 one number for each of `rows`. */
type Binary = (a: number, b: number, out: number, rows: number, columns: number, shape: number) => void;

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
    accumulate: boolean,
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
  reluGradient(dy: number, y: number, out: number, count: number): void;
  add: Binary;
  subtract: Binary;
  multiply: Binary;
  permute(
    x: number,
    out: number,
    d0: number,
    d1: number,
    d2: number,
    d3: number,
    d4: number,
    s0: number,
    s1: number,
    s2: number,
    s3: number,
    s4: number,
    run: number,
  ): void;
  gatherPatches: OnPatches;
  addPatches: OnPatches;
  maxPool(
    images: number,
    out: number,
    at: number,
    samples: number,
    height: number,
    width: number,
    channels: number,
    windowHeight: number,
    windowWidth: number,
    strideHeight: number,
    strideWidth: number,
    top: number,
    left: number,
    outHeight: number,
    outWidth: number,
    acrossSamples: boolean,
  ): void;
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
