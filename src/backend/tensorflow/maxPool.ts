import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { type Attribute, flag, ofFloats, type TensorflowCall } from './operation.ts';

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same';
  readonly includeBatchInIndex: boolean;
}

/** `MaxPoolWithArgmax`: TensorFlow has it, tfjs-node does not say so. */
export function maxPoolWithArgmax({ backend, inputs, attrs }: TensorflowCall<{ x: TensorInfo }, Attributes>): Tensor[] {
  const { binding } = backend;
  const sides = (name: string, sizes: number | [number, number]): Attribute => {
    const [height, width] = typeof sizes === 'number' ? [sizes, sizes] : sizes;
    return { name, type: binding.TF_ATTR_INT, value: [1, height, width, 1] };
  };
  const attributes = [
    sides('ksize', attrs.filterSize),
    sides('strides', attrs.strides),
    { name: 'padding', type: binding.TF_ATTR_STRING, value: attrs.pad.toUpperCase() },
    flag(backend, 'include_batch_in_index', attrs.includeBatchInIndex),
    ofFloats(backend),
    { name: 'Targmax', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
  ];
  return backend.executeMultipleOutputs('MaxPoolWithArgmax', attributes, [inputs.x], 2);
}
