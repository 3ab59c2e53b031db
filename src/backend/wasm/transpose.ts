import { getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

export type TransposeCall = KernelCall<{ x: TensorInfo }, { perm: number[] }>;

/** `Transpose` for the wasm backend: float32 matrices four by four; everything else as before. */
export function transpose(
  original: (call: TransposeCall) => TensorInfo,
  lookup: Lookup,
): (call: TransposeCall) => TensorInfo {
  return (call) => {
    const { x } = call.inputs;
    const [rows, columns] = x.shape;
    // tfjs divides by zero here.
    if (elementCount(x.shape) === 0) {
      return call.backend.makeOutput(
        call.attrs.perm.map((axis) => x.shape[axis]!),
        x.dtype,
      );
    }
    const bound = lookup(call.backend);
    if (bound === null || x.dtype !== 'float32' || x.shape.length !== 2 || call.attrs.perm[0] !== 1) {
      return original(call);
    }
    // A vector's transpose has the same elements in the same order: tfjs shares the memory.
    if (rows! < 2 || columns! < 2) return original(call);
    const out = call.backend.makeOutput([columns!, rows!], 'float32');
    bound.kernels.transpose(addressOf(call.backend, x), addressOf(call.backend, out), rows!, columns!);
    return out;
  };
}

/** A copy with the last two axes exchanged. */
export function transposedCopy(backend: WasmBackend, x: TensorInfo): TensorInfo {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  perm[rank - 2] = rank - 1;
  perm[rank - 1] = rank - 2;
  const kernel = getKernel('Transpose', 'wasm').kernelFunc as KernelFunc;
  return kernel({ inputs: { x }, attrs: { perm }, backend }) as TensorInfo;
}
