import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * What our kernels need of tfjs's wasm backend: its heap, and where on it a tensor lies. Not public interface of
 * tfjs, but stable since 2019; `memoryOf` checks it before anything is replaced.
 */
export interface WasmBackend {
  readonly wasm: {
    readonly asm?: Record<string, unknown>;
    readonly wasmMemory?: unknown;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  readonly dataIdMap: { get(dataId: DataId): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: DataId): boolean;
  incRef(dataId: DataId): void;
}

/** The memory tfjs's wasm module works on, or null where this build of it does not show it. */
export function memoryOf(backend: WasmBackend): WebAssembly.Memory | null {
  const candidates = [backend.wasm?.asm?.memory, backend.wasm?.wasmMemory, ...Object.values(backend.wasm?.asm ?? {})];
  for (const candidate of candidates) {
    if (candidate instanceof WebAssembly.Memory) return candidate;
  }
  return null;
}

/** The address of a tensor's first element, in bytes. Stays valid when the heap grows; typed array views do not. */
export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A new float32 tensor on the heap filled with one value. */
export function filled(backend: WasmBackend, memory: WebAssembly.Memory, shape: number[], value: number): TensorInfo {
  const out = backend.makeOutput(shape, 'float32');
  new Float32Array(memory.buffer, addressOf(backend, out), elementCount(shape)).fill(value);
  return out;
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}
