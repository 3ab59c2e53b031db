import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Laws on many more inputs than the normal suite has time for: minutes, for releases and for what a change has touched. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/long/**/*.test.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
