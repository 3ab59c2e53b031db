import { getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import type { BoundKernels } from './kernels.ts';

export type TransposeCall = KernelCall<{ x: TensorInfo }, { perm: number[] }>;

/**
 * `Transpose` for the wasm backend: float32 matrices four by four, up to five axes with or without a last
 * one that stays in its place run by run; everything else as before.
 */
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
    if (bound === null || x.dtype !== 'float32') return original(call);
    if (x.shape.length > 2) return permuted(call, bound) ?? original(call);
    if (call.attrs.perm[0] !== 1) return original(call);
    // A vector's transpose has the same elements in the same order: tfjs shares the memory.
    if (rows! < 2 || columns! < 2) return original(call);
    const out = call.backend.makeOutput([columns!, rows!], 'float32');
    bound.kernels.transpose(addressOf(call.backend, x), addressOf(call.backend, out), rows!, columns!);
    return out;
  };
}

// Null for more axes than the kernel has loops.
function permuted({ backend, inputs, attrs }: TransposeCall, { kernels }: BoundKernels): TensorInfo | null {
  const { x } = inputs;
  const { perm } = attrs;
  const rank = x.shape.length;
  const stays = perm.at(-1) === rank - 1;
  const moved = stays ? perm.slice(0, -1) : perm;
  if (moved.length > 5) return null;
  const out = backend.makeOutput(
    perm.map((axis) => x.shape[axis]!),
    'float32',
  );
  const lengths = [1, 1, 1, 1, 1, ...moved.map((axis) => x.shape[axis]!)].slice(-5) as Five;
  const steps = [0, 0, 0, 0, 0, ...moved.map((axis) => elementCount(x.shape.slice(axis + 1)))].slice(-5) as Five;
  const run = stays ? x.shape[rank - 1]! : 1;
  kernels.permute(addressOf(backend, x), addressOf(backend, out), ...lengths, ...steps, run);
  return out;
}

type Five = [number, number, number, number, number];

/** A copy with the last two axes exchanged. */
export function transposedCopy(backend: WasmBackend, x: TensorInfo): TensorInfo {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  perm[rank - 2] = rank - 1;
  perm[rank - 1] = rank - 2;
  const kernel = getKernel('Transpose', 'wasm').kernelFunc as KernelFunc;
  return kernel({ inputs: { x }, attrs: { perm }, backend }) as TensorInfo;
}
