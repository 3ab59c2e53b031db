import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, filled, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import type { BoundKernels } from './kernels.ts';
import { transposedCopy } from './transpose.ts';

export type MatMulCall = KernelCall<{ a: TensorInfo; b: TensorInfo }, { transposeA: boolean; transposeB: boolean }>;

/**
 * `BatchMatMul` for the wasm backend: float32 products of every transpose at one speed, and products of a matrix with
 * its own transpose (Gram matrices) at half the work. Leading dimensions are batches and broadcast.
 *
 * @throws Error when inner sizes differ or batch dimensions do not broadcast
 */
export function matMul(original: (call: MatMulCall) => TensorInfo, lookup: Lookup): (call: MatMulCall) => TensorInfo {
  return (call) => {
    const { a, b } = call.inputs;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return original(call);
    const bound = lookup(call.backend);
    if (bound === null) return transposeFirst(original, call);
    return product(call.backend, bound, a, b, call.attrs.transposeA, call.attrs.transposeB);
  };
}

/** op(a) . op(b) as a new tensor, shape [...batch, m, n]. */
export function product(
  backend: WasmBackend,
  bound: BoundKernels,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const m = transposeA ? aColumns : aRows;
  const k = transposeA ? aRows : aColumns;
  const n = transposeB ? bRows : bColumns;
  util.assert(
    k === (transposeB ? bColumns : bRows),
    () =>
      `Error in matMul: inner sizes of shapes [${a.shape}] and [${b.shape}] with transposeA=${transposeA} and ` +
      `transposeB=${transposeB} must match.`,
  );
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const shape = [...batch, m, n];
  // The empty sum is zero; tfjs's own kernel returns uninitialised memory here.
  if (k === 0) return filled(backend, bound.memory, shape, 0);
  const out = backend.makeOutput(shape, 'float32');
  if (elementCount(shape) === 0) return out;

  const symmetric = a.dataId === b.dataId && transposeA !== transposeB && util.arraysEqual(a.shape, b.shape);
  const fromA = addressOf(backend, a);
  const fromB = addressOf(backend, b);
  const to = addressOf(backend, out);
  const indexA = batchIndices(batchA, batch);
  const indexB = batchIndices(batchB, batch);
  for (let i = 0; i < indexA.length; i++) {
    multiply(
      bound,
      fromA + indexA[i]! * m * k * 4,
      fromB + indexB[i]! * k * n * 4,
      to + i * m * n * 4,
      m,
      n,
      k,
      transposeA,
      transposeB,
      symmetric,
    );
  }
  return out;
}

function multiply(
  { kernels, scratch }: BoundKernels,
  a: number,
  b: number,
  c: number,
  m: number,
  n: number,
  k: number,
  transposeA: boolean,
  transposeB: boolean,
  symmetric: boolean,
): void {
  // A vector is the same in memory whether transposed or not.
  if (n === 1) {
    if (transposeA) kernels.transposedMatrixVector(a, b, c, k, m);
    else kernels.matrixVector(a, b, c, m, k);
  } else if (m === 1) {
    if (transposeB) kernels.matrixVector(b, a, c, n, k);
    else kernels.transposedMatrixVector(b, a, c, k, n);
  } else if (k === 1) {
    kernels.outerProduct(a, b, c, m, n);
  } else {
    kernels.gemm(a, b, c, m, n, k, transposeA, transposeB, symmetric, false, scratch);
  }
}

// For each batch of the result, in order: the index of the matrix of the operand that goes into it.
function batchIndices(own: readonly number[], result: readonly number[]): number[] {
  let indices = [0];
  const missing = result.length - own.length;
  for (let axis = 0; axis < result.length; axis++) {
    const size = axis < missing ? 1 : own[axis - missing]!;
    const next: number[] = [];
    for (const index of indices) {
      for (let i = 0; i < result[axis]!; i++) next.push(index * size + (size === 1 ? 0 : i));
    }
    indices = next;
  }
  return indices;
}

// Without our kernels: tfjs multiplies untransposed operands more than ten times faster than transposed ones.
function transposeFirst(original: (call: MatMulCall) => TensorInfo, call: MatMulCall): TensorInfo {
  const { backend, inputs, attrs } = call;
  const a = attrs.transposeA ? transposedCopy(backend, inputs.a) : inputs.a;
  const b = attrs.transposeB ? transposedCopy(backend, inputs.b) : inputs.b;
  const out = original({ backend, inputs: { a, b }, attrs: { transposeA: false, transposeB: false } });
  if (a !== inputs.a) backend.disposeData(a.dataId);
  if (b !== inputs.b) backend.disposeData(b.dataId);
  return out;
}
