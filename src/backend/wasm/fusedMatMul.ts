import { getKernel, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import { product } from './matMul.ts';

export type FusedMatMulCall = KernelCall<
  { a: TensorInfo; b: TensorInfo; bias?: TensorInfo; preluActivationWeights?: TensorInfo },
  { transposeA: boolean; transposeB: boolean; activation: string; leakyreluAlpha?: number }
>;

const activationKernels: Record<string, string> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/**
 * `_FusedMatMul` for the wasm backend: our product, then the bias in place, then the activation by its own kernel.
 * One difference, on purpose: tfjs's fused relu turns NaN into 0, which hides a divergence; this one passes NaN on, as
 * `tf.relu` does.
 */
export function fusedMatMul(
  original: (call: FusedMatMulCall) => TensorInfo,
  lookup: Lookup,
): (call: FusedMatMulCall) => TensorInfo {
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { a, b, bias, preluActivationWeights } = inputs;
    const bound = lookup(backend);
    const known = attrs.activation === 'linear' || attrs.activation in activationKernels;
    const plainBias = bias == null || (bias.dtype === 'float32' && bias.shape.length === 1);
    if (bound === null || !known || !plainBias || a.dtype !== 'float32' || b.dtype !== 'float32') return original(call);

    let out = product(backend, bound, a, b, attrs.transposeA, attrs.transposeB);
    const columns = out.shape.at(-1)!;
    const count = elementCount(out.shape);
    if (bias != null && count > 0) {
      if (bias.shape[0] === columns) {
        bound.kernels.addBias(addressOf(backend, out), addressOf(backend, bias), count / columns, columns);
      } else {
        out = replace(backend, out, 'Add', { a: out, b: bias }, {});
      }
    }
    if (attrs.activation === 'linear') return out;
    const activationInputs: NamedTensorInfoMap =
      attrs.activation === 'prelu' ? { x: out, alpha: preluActivationWeights! } : { x: out };
    return replace(backend, out, activationKernels[attrs.activation]!, activationInputs, {
      alpha: attrs.leakyreluAlpha ?? 0,
    });
  };
}

// The result of another kernel in place of `out`, whose memory is freed.
function replace(
  backend: WasmBackend,
  out: TensorInfo,
  kernel: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): TensorInfo {
  const result = getKernel(kernel, 'wasm').kernelFunc({ inputs, attrs, backend });
  backend.disposeData(out.dataId);
  return result as TensorInfo;
}
