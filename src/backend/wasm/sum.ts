import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, filled, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import type { BoundKernels } from './kernels.ts';

export type SumCall = KernelCall<{ x: TensorInfo }, { axis: number | number[]; keepDims: boolean }>;
type SumKernel = (call: SumCall) => TensorInfo;

/** `Sum` for the wasm backend: float32, over neighbouring axes, without the transpose tfjs makes unless they are the last. */
export function sum(original: SumKernel, lookup: Lookup): SumKernel {
  return (call) => reduce(call, lookup, 0) ?? original(call);
}

/** `Mean` for the wasm backend: as `Sum`, divided by the number of elements. */
export function mean(original: SumKernel, lookup: Lookup): SumKernel {
  return (call) => {
    const out = reduce(call, lookup, Number.NaN);
    if (out === null) return original(call);
    const count = elementCount(out.shape);
    const reduced = elementCount(call.inputs.x.shape) / count;
    if (count > 0 && reduced > 1) {
      lookup(call.backend)!.kernels.divideInPlace(addressOf(call.backend, out), count, reduced);
    }
    return out;
  };
}

// Null when the axes are not neighbours. `empty`: what the sum over no elements is.
function reduce({ backend, inputs, attrs }: SumCall, lookup: Lookup, empty: number): TensorInfo | null {
  const { x } = inputs;
  const bound = lookup(backend);
  if (bound === null || x.dtype !== 'float32') return null;
  const axes = [...util.parseAxisParam(attrs.axis, x.shape)].sort((left, right) => left - right);
  const reducedShape = axes.map((axis) => x.shape[axis]!);
  const keptShape = x.shape.filter((_, axis) => !axes.includes(axis));
  const outShape = attrs.keepDims ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : keptShape;
  const reduced = elementCount(reducedShape);
  const kept = elementCount(keptShape);
  // tfjs leaves these sums uninitialised, and divides by zero on the way to some of them.
  if (kept === 0 || reduced === 0) return filled(backend, bound.memory, outShape, empty);
  const first = axes[0] ?? 0;
  if (axes.some((axis, position) => axis !== first + position)) return null;
  const out = backend.makeOutput(outShape, 'float32');
  accumulate(bound, backend, x, out, elementCount(x.shape.slice(0, first)), reduced);
  return out;
}

// For each index of the axes before the reduced ones, a matrix: the sum of its rows, or of a row where no axes follow.
function accumulate(
  { kernels }: BoundKernels,
  backend: WasmBackend,
  x: TensorInfo,
  out: TensorInfo,
  outer: number,
  reduced: number,
): void {
  const from = addressOf(backend, x);
  const to = addressOf(backend, out);
  const inner = elementCount(x.shape) / (outer * reduced);
  if (inner === 1) {
    kernels.sumRows(from, to, outer, reduced);
    return;
  }
  for (let index = 0; index < outer; index++) {
    kernels.sumColumns(from + 4 * index * reduced * inner, to + 4 * index * inner, reduced, inner);
  }
}
