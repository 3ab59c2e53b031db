import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import { patchGeometry } from './patches.ts';

export type MaxPoolCall = KernelCall<
  { x: TensorInfo },
  {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    includeBatchInIndex: boolean;
  }
>;

/**
 * `MaxPoolWithArgmax` for the wasm backend: tfjs 4.22 starts each maximum at the smallest positive number there is, so
 * that windows of negative numbers come out as that, at index 0.
 */
export function maxPoolWithArgmax(
  original: (call: MaxPoolCall) => TensorInfo[],
  lookup: Lookup,
): (call: MaxPoolCall) => TensorInfo[] {
  return (call) => {
    const { backend, attrs } = call;
    const { x } = call.inputs;
    const bound = lookup(backend);
    if (bound === null || x.dtype !== 'float32') return original(call);
    const shape = x.shape as [number, number, number, number];
    const info = backend_util.computePool2DInfo(shape, attrs.filterSize, attrs.strides, 1, attrs.pad);
    const { lengths } = patchGeometry(info);
    const out = backend.makeOutput(info.outShape, 'float32');
    const at = backend.makeOutput(info.outShape, 'int32');
    if (elementCount(info.outShape) > 0) {
      bound.kernels.maxPool(
        addressOf(backend, x),
        addressOf(backend, out),
        addressOf(backend, at),
        info.batchSize,
        ...lengths,
        attrs.includeBatchInIndex,
      );
    }
    return [out, at];
  };
}
