import { plainSimd, relaxedSimd } from './generated/kernels.ts';
import { memoryOf, type WasmBackend } from './heap.ts';
import type { Arithmetic, BoundKernels, Kernels } from './kernels.ts';
import { runsRelaxedSimd } from './relaxedSimd.ts';
import { computesCorrectly, selfCheckBytes } from './selfCheck.ts';

// Scratch is aligned to a cache line: a tile's loads then never straddle two.
const CACHE_LINE = 64;

/**
 * Instantiates our kernels on a backend's own heap. Null where this engine does not run them, or where they do not
 * compute what they should.
 */
export async function bindKernels(backend: WasmBackend, arithmetic: Arithmetic): Promise<BoundKernels | null> {
  const memory = memoryOf(backend);
  if (memory === null) return null;
  const binary = decode(arithmetic === 'relaxed' ? relaxedSimd : plainSimd);
  const runs = arithmetic === 'relaxed' ? runsRelaxedSimd(binary) : WebAssembly.validate(binary);
  return runs ? instantiate(backend, memory, arithmetic, binary) : null;
}

async function instantiate(
  backend: WasmBackend,
  memory: WebAssembly.Memory,
  arithmetic: Arithmetic,
  binary: Uint8Array<ArrayBuffer>,
): Promise<BoundKernels | null> {
  let block = 0;
  let trial = 0;
  try {
    const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
    const kernels = instance.exports as unknown as Kernels;
    // `>>> 0`: emscripten's malloc returns addresses above 2 GiB as negative numbers.
    block = backend.wasm._malloc(kernels.gemmScratchBytes() + CACHE_LINE) >>> 0;
    trial = backend.wasm._malloc(selfCheckBytes) >>> 0;
    if (block !== 0 && trial !== 0) {
      const scratch = Math.ceil(block / CACHE_LINE) * CACHE_LINE;
      if (computesCorrectly(kernels, memory, trial, scratch)) {
        block = 0;
        return { arithmetic, kernels, memory, scratch };
      }
    }
  } catch {
    // An engine that validates but cannot run a module is passed over like one that does not validate it.
  } finally {
    if (trial !== 0) backend.wasm._free(trial);
    if (block !== 0) backend.wasm._free(block);
  }
  return null;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
