import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * What has to come out the same on every backend, on the one that ONAGER_TEST_BACKEND names: models, probes, optimizers,
 * losses, training and checkpoints against the same reference values. On WebGPU, which cannot be read synchronously,
 * the runs that show it by themselves.
 */
const asynchronous = process.env.ONAGER_TEST_BACKEND === 'webgpu';
/** Plain JavaScript trains a convolutional network at less than a step a second, and wide ones for minutes. */
const tooSlow =
  process.env.ONAGER_TEST_BACKEND === 'cpu'
    ? [
        'test/optimizers/training.test.ts',
        'test/training/imageModels.test.ts',
        'test/training/batchNormalization.test.ts',
        'test/training/schedulesMeasured.test.ts',
      ]
    : [];

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: asynchronous
      ? ['test/backends/**/*.test.ts']
      : [
          'test/backends/kernels.test.ts',
          ...['models', 'probes', 'optimizers', 'losses', 'training', 'checkpoints'].map(
            (room) => `test/${room}/**/*.test.ts`,
          ),
        ],
    exclude: tooSlow,
    setupFiles: ['test/propertySeed.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
