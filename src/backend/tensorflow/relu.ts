import { type Tensor, type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import { ofFloats, type TensorflowCall } from './operation.ts';

type StepCall = TensorflowCall<{ x: TensorInfo }, { alpha: number }>;
type ReluGradCall = TensorflowCall<{ dy: TensorInfo; y: TensorInfo }>;

/**
 * `Step` for the tensorflow backend: the sign of the positive part, two operations where tfjs-node takes six and fills
 * two tensors from JavaScript. NaN stays NaN. With a slope below zero as before.
 */
export function step(original: (call: StepCall) => TensorInfo): (call: StepCall) => TensorInfo {
  return (call) => {
    const { backend, inputs, attrs } = call;
    if (inputs.x.dtype !== 'float32' || attrs.alpha !== 0) return original(call);
    const type = [ofFloats(backend)];
    return tidy(() => {
      const positive = backend.executeSingleOutput('Relu', type, [inputs.x]);
      return backend.executeSingleOutput('Sign', type, [positive]);
    });
  };
}

/** `ReluGrad`, which TensorFlow has and tfjs does not: dy where y > 0, else 0. */
export function reluGrad({ backend, inputs }: ReluGradCall): Tensor {
  return backend.executeSingleOutput('ReluGrad', [ofFloats(backend)], [inputs.dy, inputs.y]);
}
