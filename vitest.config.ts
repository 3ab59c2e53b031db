import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/page/**', 'test/long/**', 'test/backends/**'],
    globalSetup: ['test/cli/build.ts'],
    setupFiles: ['test/propertySeed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two forked workers suit a two-core machine; each has its own TensorFlow.js engine.
    pool: 'forks',
    maxWorkers: 2,
  },
});
