import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

export type BinaryCall = KernelCall<{ a: TensorInfo; b: TensorInfo }, unknown>;

/** How the second operand lies against the first, as the kernels number it. */
const SAME = 0;
const ROW = 1;
const NUMBER_OF_ROW = 2;

/**
 * Sum, difference or product for the wasm backend, of float32 tensors of one shape, or where the second is one row, or
 * one number for each row, or one number; everything else as before.
 */
export function binary(name: 'add' | 'subtract' | 'multiply') {
  return (original: (call: BinaryCall) => TensorInfo, lookup: Lookup) =>
    (call: BinaryCall): TensorInfo => {
      const { backend } = call;
      const bound = lookup(backend);
      let { a, b } = call.inputs;
      if (bound === null || a.dtype !== 'float32' || b.dtype !== 'float32') return original(call);
      // The larger one first, where the order does not matter.
      if (name !== 'subtract' && elementCount(b.shape) > elementCount(a.shape)) [a, b] = [b, a];
      const columns = a.shape.at(-1) ?? 1;
      const rows = elementCount(a.shape.slice(0, -1));
      const lies = arrangement(a.shape, b.shape);
      if (lies === null || rows * columns === 0) return original(call);
      const out = backend.makeOutput([...a.shape], 'float32');
      const single = lies === NUMBER_OF_ROW && elementCount(b.shape) === 1;
      bound.kernels[name](
        addressOf(backend, a),
        addressOf(backend, b),
        addressOf(backend, out),
        single ? 1 : rows,
        single ? rows * columns : columns,
        lies,
      );
      return out;
    };
}

function arrangement(a: readonly number[], b: readonly number[]): number | null {
  if (util.arraysEqual([...a], [...b])) return SAME;
  if (b.length > a.length) return null;
  if (elementCount(b) === 1) return NUMBER_OF_ROW;
  const first = b.findIndex((length) => length !== 1);
  // Only the last axis is longer than 1: one row for all.
  if (first === b.length - 1 && b[first] === a.at(-1)) return ROW;
  const oneEach = b.length === a.length && b.at(-1) === 1 && util.arraysEqual(a.slice(0, -1), b.slice(0, -1));
  return oneEach ? NUMBER_OF_ROW : null;
}
