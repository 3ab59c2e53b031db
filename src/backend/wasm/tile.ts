import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

export type TileCall = KernelCall<{ x: TensorInfo }, { reps: number[] }>;

/** `Tile` for the wasm backend: float32, repeated along one axis, by copying what lies together; everything else as before. */
export function tile(original: (call: TileCall) => TensorInfo, lookup: Lookup): (call: TileCall) => TensorInfo {
  return (call) => {
    const { backend, attrs } = call;
    const { x } = call.inputs;
    const bound = lookup(backend);
    const repeated = attrs.reps.flatMap((times, axis) => (times === 1 ? [] : [axis]));
    const plain = bound !== null && x.dtype === 'float32' && attrs.reps.length === x.shape.length;
    if (!plain || repeated.length !== 1 || elementCount(x.shape) === 0) return original(call);
    const axis = repeated[0]!;
    const times = attrs.reps[axis]!;
    const out = backend.makeOutput(
      x.shape.map((length, index) => length * attrs.reps[index]!),
      'float32',
    );
    const outer = elementCount(x.shape.slice(0, axis));
    const inner = elementCount(x.shape.slice(axis));
    const from = new Float32Array(bound.memory.buffer, addressOf(backend, x), outer * inner);
    const to = new Float32Array(bound.memory.buffer, addressOf(backend, out), outer * inner * times);
    for (let index = 0; index < outer; index++) {
      const start = index * inner * times;
      to.set(from.subarray(index * inner, (index + 1) * inner), start);
      // Each copy doubles what is there.
      for (let done = 1; done < times; done *= 2) {
        to.copyWithin(start + done * inner, start, start + Math.min(done, times - done) * inner);
      }
    }
    return out;
  };
}
