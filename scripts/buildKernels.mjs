// Compiles the WebAssembly kernels and writes them as base64 into TypeScript modules, so that they travel inside the
// package without any file to locate at run time: those of the backend (src/backend/wasm/assembly) twice, with plain
// and with relaxed SIMD, and those of linear algebra (src/linalg/assembly) once.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const DATA_SECTION = 11;

/** Compiles an entry with the given WebAssembly features; returns the binary. */
async function compile(entry, features) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--use',
      'abort=',
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      readFile: (name, base) => readFile(join(root, base, name), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`asc failed: ${error.message}\n${stderr.toString()}`);
  // The module runs on another program's heap: a data segment would overwrite whatever lies at its address there.
  if (sections(binary).includes(DATA_SECTION)) throw new Error('the kernels must not have static data');
  return Buffer.from(binary).toString('base64');
}

/** The ids of a WebAssembly binary's sections, in order. */
function sections(binary) {
  const ids = [];
  let at = 8;
  while (at < binary.length) {
    ids.push(binary[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return ids;
}

/** Writes a module of named base64 strings. */
async function emit(target, binaries) {
  const path = join(root, target);
  await mkdir(dirname(path), { recursive: true });
  const lines = Object.entries(binaries).map(([name, base64]) => `export const ${name} = '${base64}';`);
  await writeFile(
    path,
    ['// Written by scripts/buildKernels.mjs from ../assembly; do not edit.', ...lines, ''].join('\n'),
  );
  for (const [name, base64] of Object.entries(binaries))
    console.error(`${target}: ${name}, ${base64.length} characters`);
}

await emit('src/backend/wasm/generated/kernels.ts', {
  plainSimd: await compile('src/backend/wasm/assembly/index.ts', ['simd']),
  relaxedSimd: await compile('src/backend/wasm/assembly/index.ts', ['simd', 'relaxed-simd']),
});
await emit('src/linalg/generated/kernels.ts', {
  products: await compile('src/linalg/assembly/index.ts', ['simd']),
});
