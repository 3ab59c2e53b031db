// Compiles the WebAssembly kernels (src/backend/wasm/assembly) twice, with plain and with relaxed SIMD, and writes both
// as base64 into a TypeScript module, so that they travel inside the package without any file to locate at run time.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entry = 'src/backend/wasm/assembly/index.ts';
const target = join(root, 'src/backend/wasm/generated/kernels.ts');
const DATA_SECTION = 11;

/** Compiles the entry with the given WebAssembly features; returns the binary. */
async function compile(features) {
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

const plain = await compile(['simd']);
const relaxed = await compile(['simd', 'relaxed-simd']);
await mkdir(dirname(target), { recursive: true });
await writeFile(
  target,
  [
    '// Written by scripts/buildKernels.mjs from ../assembly; do not edit.',
    `export const plainSimd = '${plain}';`,
    `export const relaxedSimd = '${relaxed}';`,
    '',
  ].join('\n'),
);
console.error(`kernels: ${plain.length} and ${relaxed.length} characters of base64`);
