import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedBackend } from './loadedBackend.ts';
import type { WasmBackend } from './wasm/heap.ts';
import { replaceKernels } from './wasm/replaceKernels.ts';

const library = '@tensorflow/tfjs-backend-wasm';

// What the kernels run on, in words.
const details = {
  relaxed: 'relaxed SIMD kernels',
  plain: 'SIMD kernels',
};

/** WebAssembly: the embedded default. Its binaries are read from the installed package, never from the network. */
export async function loadWasm(): Promise<LoadedBackend> {
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  // Once the backend runs, tfjs refuses to be told again where its binaries are.
  if (!(tf.engine().registry as Record<string, unknown>).wasm) {
    setWasmPaths(dirname(createRequire(import.meta.url).resolve(library)) + sep);
  }
  if (!(await tf.setBackend('wasm'))) throw new Error('its WebAssembly module did not start');
  const arithmetic = await replaceKernels(tf.backend() as unknown as WasmBackend);
  return { library, version, detail: arithmetic === null ? "tfjs's kernels" : details[arithmetic], synchronous: true };
}
