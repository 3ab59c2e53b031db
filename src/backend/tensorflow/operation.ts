import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** What of tfjs-node's backend our kernels need. */
export interface TensorflowBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_FLOAT' | 'TF_INT32', number>
  >;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** An attribute of an operation of TensorFlow's; `type` is one of the binding's `TF_ATTR_`. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** One call of a tfjs kernel on this backend. */
export interface TensorflowCall<Inputs, Attributes = unknown> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: TensorflowBackend;
}

/** The attribute that says that an operation works on float32. */
export function ofFloats({ binding }: TensorflowBackend): Attribute {
  return { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

export function flag({ binding }: TensorflowBackend, name: string, value: boolean): Attribute {
  return { name, type: binding.TF_ATTR_BOOL, value };
}
