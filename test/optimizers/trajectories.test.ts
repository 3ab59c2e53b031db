import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { decomposeGradient } from '../../src/optimizers/gradientDecomposition.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { reference, referenceOptimizer } from './referenceOptimizers.ts';
import { distance, initialParameters, numbersOf, referenceRun, takeStep, trajectory } from './referenceRun.ts';

describe.each(backendsUnderTest)('along the float64 reference on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors).toBe(before));

  it.each(Object.keys(reference.optimizers))('%s, every step', async (name) => {
    const { optimizer, learningRate } = referenceOptimizer(name);
    const { params_after_step, float32_max_abs_deviation } = reference.optimizers[name]!;
    const [steps, width] = params_after_step.shape as [number, number];
    const expected = Array.from({ length: steps }, (_, step) =>
      params_after_step.data.slice(step * width, (step + 1) * width),
    );
    const error = distance(await trajectory(optimizer, learningRate), expected);
    // TensorFlow sums products in another order: of all trajectories one, shampoo_ema_momentum, ends 1.06e-6 away.
    const least = backend === 'tensorflow' ? 1.2e-6 : 1e-6;
    expect(error).toBeLessThan(Math.max(least, 3 * float32_max_abs_deviation));
  });

  it.each(Object.keys(reference.optimizers).filter((name) => name.startsWith('sirf')))(
    '%s: its Kronecker factors after the last step',
    async (name) => {
      const { optimizer, learningRate } = referenceOptimizer(name);
      const state = optimizer.start(referenceRun);
      let parameters = initialParameters();
      for (let step = 0; step < 12; step++) parameters = await takeStep(state, parameters, step, learningRate);
      const factors = state.tensors().filter((tensor) => tensor.name.startsWith('K'));
      const expected = reference.optimizers[name]!.final_K!.flat();
      expect(factors.map(({ tensor }) => tensor.shape)).toEqual(expected.map(({ shape }) => shape));
      factors.forEach(({ tensor }, index) => {
        expect(distance([numbersOf([tensor])], [expected[index]!.data])).toBeLessThan(3e-6);
      });
      tf.dispose(parameters);
      state.dispose();
    },
  );

  it('splits a gradient into its part along the full gradient and the noise', () => {
    const { full_gradient, batches } = reference.decomposition;
    tf.engine().startScope();
    for (const { gradient, noise, coefficient } of batches) {
      const [g, G] = [tf.tensor([...gradient]), tf.tensor([...full_gradient])];
      // Two tensors: the inner products are over both together.
      const parts = decomposeGradient(tf.split(g, [10, 16]), tf.split(G, [10, 16]));
      expect(distance([numbersOf(parts.noise)], [noise])).toBeLessThan(1e-6);
      const projection = full_gradient.map((value) => coefficient * value);
      expect(distance([numbersOf(parts.full)], [projection])).toBeLessThan(1e-6);
    }
    tf.engine().endScope();
  });
});
