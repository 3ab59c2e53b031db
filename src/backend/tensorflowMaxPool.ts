import * as tf from '@tensorflow/tfjs-core';

/** What of tfjs-node's backend this needs. */
interface TensorflowBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_FLOAT' | 'TF_INT32', number>
  >;
  executeMultipleOutputs(
    name: string,
    attributes: readonly object[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same';
  readonly includeBatchInIndex: boolean;
}

/** `MaxPoolWithArgmax` for the tensorflow backend: TensorFlow has it, tfjs-node does not say so. */
export function registerMaxPoolWithArgmax(): void {
  const kernelName = 'MaxPoolWithArgmax';
  if (tf.getKernel(kernelName, 'tensorflow') !== undefined) return;
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs, backend }) {
      const { filterSize, strides, pad, includeBatchInIndex } = attrs as unknown as Attributes;
      const { binding, executeMultipleOutputs } = backend as TensorflowBackend;
      const sides = (sizes: number | [number, number]) => {
        const [height, width] = typeof sizes === 'number' ? [sizes, sizes] : sizes;
        return [1, height, width, 1];
      };
      const attributes = [
        { name: 'ksize', type: binding.TF_ATTR_INT, value: sides(filterSize) },
        { name: 'strides', type: binding.TF_ATTR_INT, value: sides(strides) },
        { name: 'padding', type: binding.TF_ATTR_STRING, value: pad.toUpperCase() },
        { name: 'include_batch_in_index', type: binding.TF_ATTR_BOOL, value: includeBatchInIndex },
        { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: 'Targmax', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
      ];
      return executeMultipleOutputs.call(backend, kernelName, attributes, [inputs.x as tf.Tensor], 2);
    },
  });
}
