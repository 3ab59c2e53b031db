import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Before any test: the page as it will be shipped. */
export default async function buildPage(): Promise<void> {
  await build({
    configFile: fileURLToPath(new URL('../../sinks/dashboard/vite.config.ts', import.meta.url)),
    logLevel: 'warn',
  });
}
