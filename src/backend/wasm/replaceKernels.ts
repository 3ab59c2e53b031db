import { getKernel, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import { binary } from './binary.ts';
import { bindKernels } from './bind.ts';
import { conv2D, conv2DBackpropFilter, conv2DBackpropInput } from './convolution.ts';
import { einsum } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { fusedMatMul } from './fusedMatMul.ts';
import type { WasmBackend } from './heap.ts';
import type { Lookup } from './kernelCall.ts';
import type { Arithmetic, BoundKernels } from './kernels.ts';
import { matMul } from './matMul.ts';
import { maxPoolWithArgmax } from './maxPool.ts';
import { patches } from './patches.ts';
import { reluGrad } from './relu.ts';
import { mean, sum } from './sum.ts';
import { tile } from './tile.ts';
import { transpose } from './transpose.ts';

/** Makes our version of a kernel out of tfjs's, which it may still call for what it does not do itself. */
// biome-ignore lint/suspicious/noExplicitAny: every kernel has its own inputs and attributes
type Replacement = (original: (call: any) => any, lookup: Lookup) => (call: any) => TensorInfo | TensorInfo[];

const replacements: Record<string, Replacement> = {
  BatchMatMul: matMul,
  _FusedMatMul: fusedMatMul,
  Sum: sum,
  Mean: mean,
  Transpose: transpose,
  Exp: elementwise('exp'),
  Tanh: elementwise('tanh'),
  Erf: elementwise('erf'),
  Add: binary('add'),
  Sub: binary('subtract'),
  Multiply: binary('multiply'),
  Tile: tile,
  Conv2D: conv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  MaxPoolWithArgmax: maxPoolWithArgmax,
};

/** What tfjs's wasm backend does not have. */
// biome-ignore lint/suspicious/noExplicitAny: every kernel has its own inputs and attributes
const additions: Record<string, (lookup: Lookup) => (call: any) => TensorInfo> = {
  Conv2DBackpropFilter: conv2DBackpropFilter,
  Einsum: einsum,
  Patches: patches,
  ReluGrad: reluGrad,
};

const originals = new Map<string, KernelFunc>();
// Every set of kernels ever bound to a backend (null: cannot run here), and the one in use.
const bound = new WeakMap<WasmBackend, Map<Arithmetic, BoundKernels | null>>();
const active = new WeakMap<WasmBackend, BoundKernels>();

/**
 * Replaces the slow ones among tfjs's wasm kernels by ours and adds those it lacks, for this backend: in relaxed SIMD where it runs and
 * computes correctly, else in plain SIMD. Calling it again does nothing.
 *
 * @param only the arithmetics to choose from; for measurements and tests
 * @returns the arithmetic in use, or null where our kernels cannot run and products are transposed beforehand instead
 */
export async function replaceKernels(
  backend: WasmBackend,
  only: readonly Arithmetic[] = ['relaxed', 'plain'],
): Promise<Arithmetic | null> {
  active.delete(backend);
  for (const arithmetic of only) {
    const kernels = await bindOnce(backend, arithmetic);
    if (kernels === null) continue;
    active.set(backend, kernels);
    break;
  }
  for (const [name, replacement] of Object.entries(replacements)) {
    const config = getKernel(name, 'wasm');
    if (originals.has(name) || config === undefined) continue;
    originals.set(name, config.kernelFunc);
    const ours = replacement(config.kernelFunc as never, (which) => active.get(which) ?? null);
    unregisterKernel(name, 'wasm');
    registerKernel({ ...config, kernelFunc: ours as unknown as KernelFunc });
  }
  for (const [kernelName, addition] of Object.entries(additions)) {
    if (getKernel(kernelName, 'wasm') !== undefined) continue;
    const kernelFunc = addition((which) => active.get(which) ?? null) as unknown as KernelFunc;
    registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
  }
  return active.get(backend)?.arithmetic ?? null;
}

async function bindOnce(backend: WasmBackend, arithmetic: Arithmetic): Promise<BoundKernels | null> {
  const known = bound.get(backend) ?? new Map<Arithmetic, BoundKernels | null>();
  bound.set(backend, known);
  let kernels = known.get(arithmetic);
  if (kernels === undefined) {
    kernels = await bindKernels(backend, arithmetic);
    known.set(arithmetic, kernels);
  }
  return kernels;
}

/** Puts tfjs's own kernels back where there are any; for measurements before and after. */
export function restoreKernels(): void {
  for (const [name, kernelFunc] of originals) {
    const config = getKernel(name, 'wasm');
    unregisterKernel(name, 'wasm');
    registerKernel({ ...config, kernelFunc });
  }
  originals.clear();
}
