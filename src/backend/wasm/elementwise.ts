import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

export type UnaryCall = KernelCall<{ x: TensorInfo }, unknown>;

/** A function of one variable for the wasm backend, four float32 lanes at a time; other types as before. */
export function elementwise(name: 'exp' | 'tanh' | 'erf') {
  return (original: (call: UnaryCall) => TensorInfo, lookup: Lookup) =>
    (call: UnaryCall): TensorInfo => {
      const { x } = call.inputs;
      const bound = lookup(call.backend);
      if (bound === null || x.dtype !== 'float32') return original(call);
      const out = call.backend.makeOutput(x.shape, 'float32');
      const count = elementCount(x.shape);
      if (count > 0) bound.kernels[name](addressOf(call.backend, x), addressOf(call.backend, out), count);
      return out;
    };
}
