/**
 * Whether this engine runs a module that uses relaxed SIMD. Node 20 knows it behind a flag that can be set while
 * running; the flag is only touched when the module does not validate without it.
 */
export function runsRelaxedSimd(binary: Uint8Array<ArrayBuffer>): boolean {
  if (WebAssembly.validate(binary)) return true;
  // In a browser there is no `process`, and nothing to set.
  const runtime = (globalThis as { process?: NodeJS.Process }).process;
  if (typeof runtime?.getBuiltinModule !== 'function') return false;
  try {
    runtime.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  } catch {
    return false;
  }
  return WebAssembly.validate(binary);
}
