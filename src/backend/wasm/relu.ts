import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

export type ReluGradCall = KernelCall<{ dy: TensorInfo; y: TensorInfo }, unknown>;

/** `ReluGrad`, which tfjs does not have: dy where y > 0, else 0, of float32 tensors of one shape, in one pass. */
export function reluGrad(lookup: Lookup): (call: ReluGradCall) => TensorInfo {
  return (call) => {
    const { backend, inputs } = call;
    const { dy, y } = inputs;
    const bound = lookup(backend);
    if (bound === null) return timesStep(call);
    const out = backend.makeOutput([...y.shape], 'float32');
    const count = elementCount(y.shape);
    if (count > 0) {
      bound.kernels.reluGradient(addressOf(backend, dy), addressOf(backend, y), addressOf(backend, out), count);
    }
    return out;
  };
}

// Without our kernels: by two of tfjs's.
function timesStep({ backend, inputs: { dy, y } }: ReluGradCall): TensorInfo {
  const { kernelFunc: step } = getKernel('Step', 'wasm');
  const { kernelFunc: multiply } = getKernel('Multiply', 'wasm');
  const slope = step({ inputs: { x: y }, attrs: { alpha: 0 }, backend }) as TensorInfo;
  const out = multiply({ inputs: { a: dy, b: slope }, attrs: {}, backend }) as TensorInfo;
  backend.disposeData(slope.dataId);
  return out;
}
