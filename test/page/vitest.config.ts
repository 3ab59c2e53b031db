import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The page, built and looked at in headless Chromium: CHROMIUM names the browser, else /usr/bin/chromium. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/page/**/*.test.ts'],
    globalSetup: ['test/page/buildPage.ts'],
    setupFiles: ['test/propertySeed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
