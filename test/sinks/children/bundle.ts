import { join } from 'node:path';
import { build } from 'vite';

/** Bundles a program of this directory with all it imports, so that plain `node` of any version runs it; returns its path. */
export async function bundle(name: string, directory: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: import.meta.dirname,
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, `${name}.ts`),
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
  return join(directory, `${name}.mjs`);
}
