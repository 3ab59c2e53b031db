import { getKernel, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import { matMul } from './matMul.ts';
import { maxPoolWithArgmax } from './maxPool.ts';
import { reluGrad, step } from './relu.ts';

const backendName = 'tensorflow';

// biome-ignore lint/suspicious/noExplicitAny: every kernel has its own inputs and attributes
const replacements: Record<string, (original: (call: any) => any) => (call: any) => TensorInfo> = {
  BatchMatMul: matMul,
  Step: step,
};

/** Operations of TensorFlow's that tfjs-node does not offer. */
// biome-ignore lint/suspicious/noExplicitAny: every kernel has its own inputs and attributes
const additions: Record<string, (call: any) => TensorInfo | TensorInfo[]> = {
  MaxPoolWithArgmax: maxPoolWithArgmax,
  ReluGrad: reluGrad,
};

let replaced = false;

/** Replaces the slow ones among tfjs-node's kernels and adds those it lacks. Calling it again does nothing. */
export function replaceKernels(): void {
  if (replaced) return;
  replaced = true;
  for (const [name, replacement] of Object.entries(replacements)) {
    const config = getKernel(name, backendName);
    unregisterKernel(name, backendName);
    registerKernel({ ...config, kernelFunc: replacement(config.kernelFunc) as unknown as KernelFunc });
  }
  for (const [kernelName, addition] of Object.entries(additions)) {
    if (getKernel(kernelName, backendName) !== undefined) continue;
    registerKernel({ kernelName, backendName, kernelFunc: addition as unknown as KernelFunc });
  }
}
