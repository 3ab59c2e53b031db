import type { WasmBackend } from './heap.ts';
import type { BoundKernels } from './kernels.ts';

/** One call of a tfjs kernel, with this backend's types. */
export interface KernelCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: WasmBackend;
}

/** Looks up the kernels bound to a backend; null when there are none. */
export type Lookup = (backend: WasmBackend) => BoundKernels | null;
