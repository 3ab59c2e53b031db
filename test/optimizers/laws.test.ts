import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { distance, numbersOf, trajectory } from './referenceRun.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

/** Not so small that their squares underflow. */
const numbers = (length: number) =>
  fc.array(
    fc.integer({ min: -2048, max: 2048 }).map((value) => value / 1024),
    { minLength: length, maxLength: length },
  );

/** The updates -w of w = 0 by some gradients of one parameter, each given its own tensor. */
async function updates(
  optimizer: Optimizer,
  gradients: readonly (readonly number[])[],
  shape: readonly number[],
  batchSize = 1,
): Promise<number[][]> {
  const state = optimizer.start({ parameters: [{ name: 'W1', shape, group: 0 }], batchSize });
  let parameter: tf.Tensor = tf.zeros([...shape]);
  const path: number[][] = [];
  for (const values of gradients) {
    const gradient = tf.tensor([...values], [...shape]);
    const [next] = await state.update({
      parameters: [parameter],
      gradients: [gradient],
      learningRate: 0.5,
      gradientsAt: () => [tf.clone(gradient)],
    });
    tf.dispose([parameter, gradient]);
    parameter = next!;
    path.push(numbersOf([parameter]));
  }
  parameter.dispose();
  state.dispose();
  return path;
}

describe('methods that are one another', () => {
  it('SAM without perturbation is its base', async () => {
    const base = gradientDescent({ momentum: 0.9, weightDecay: 0.05 });
    const expected = await trajectory(base, 0.05);
    expect(await trajectory(sam({ rho: 0, base }), 0.05)).toEqual(expected);
    expect(await trajectory(sam({ rho: 0, adaptive: true, base }), 0.05)).toEqual(expected);
  });

  it.each(['published', 'authorsCode'] as const)('Friendly SAM (%s) that subtracts nothing is SAM', async (form) => {
    const expected = await trajectory(sam({ rho: 0.1 }), 0.05);
    expect(await trajectory(friendlySam({ rho: 0.1, sigma: 0, form }), 0.05)).toEqual(expected);
  });

  it("the first step of Friendly SAM is SAM's", async () => {
    const [expected] = await trajectory(sam({ rho: 0.1 }), 0.05, 1);
    expect(distance(await trajectory(friendlySam({ rho: 0.1 }), 0.05, 1), [expected!])).toBe(0);
    expect(distance(await trajectory(friendlySam({ rho: 0.1, form: 'published' }), 0.05, 1), [expected!])).toBeLessThan(
      1e-6,
    );
  });

  it('AdamW without decay is Adam; without averaging of gradients both are corrected RMSProp', async () => {
    expect(await trajectory(adamW({ weightDecay: 0 }), 0.01)).toEqual(await trajectory(adam(), 0.01));
    const [first] = await trajectory(adam({ beta1: 0, beta2: 0, epsilon: 1e-4 }), 0.01, 1);
    const [other] = await trajectory(rmsprop({ alpha: 0, epsilon: 1e-4 }), 0.01, 1);
    expect(first).toEqual(other);
  });

  it('of plain gradient descent all three decays are the same, of the heavy ball two', async () => {
    const path = (decay: 'coupled' | 'decoupled' | 'beforeMomentum', momentum: number) =>
      trajectory(gradientDescent({ momentum, weightDecay: 0.05, decay }), 0.1);
    expect(distance(await path('coupled', 0), await path('decoupled', 0))).toBeLessThan(1e-6);
    expect(await path('beforeMomentum', 0.9)).toEqual(await path('coupled', 0.9));
    expect(distance(await path('decoupled', 0.9), await path('coupled', 0.9))).toBeGreaterThan(1e-3);
  });

  it('inverse-free Shampoo whose factors do not move is gradient descent', async () => {
    const fixed = inverseFreeShampoo({ factorRate: 0, momentum: 0.9, weightDecay: 0.01 });
    const descent = gradientDescent({ momentum: 0.9, weightDecay: 0.01 });
    expect(distance(await trajectory(fixed, 0.05), await trajectory(descent, 0.05))).toBeLessThan(1e-6);
  });
});

describe('scale', () => {
  it('root-free methods do not notice the scale of the loss when factor, start and epsilon follow', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(numbers(5), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -6, max: 6 }),
        async (gradients, power) => {
          // A power of two, so that not a bit is lost.
          const c = 2 ** power;
          const scaled = gradients.map((gradient) => gradient.map((value) => value * c));
          const settings = (scale: number) => ({
            batchSize: 8 / scale,
            initial: (1 / 8) * scale ** 2,
            epsilon: 2 ** -12 * scale,
          });
          for (const method of [
            (scale: number) => rootFreeRmsprop({ ...settings(scale), alpha: 0.75, momentum: 0.5, weightDecay: 0.1 }),
            (scale: number) => rootFreeAdamW({ ...settings(scale), beta1: 0.5, beta2: 0.75 }),
          ]) {
            expect(await updates(method(c), scaled, [5])).toEqual(await updates(method(1), gradients, [5]));
          }
        },
      ),
      { numRuns: 20 },
    ));

  it('a summed loss with factor 1 is the mean loss with factor B', async () => {
    const gradients = [
      [0.3, -1, 0.02],
      [0.1, 0.5, -0.4],
    ];
    const summed = gradients.map((gradient) => gradient.map((value) => value * 16));
    const mean = rootFreeRmsprop({ alpha: 0.5, epsilon: 2 ** -10 });
    const sum = rootFreeRmsprop({ alpha: 0.5, epsilon: 16 * 2 ** -10, initial: 16, batchSize: 1 });
    expect(await updates(sum, summed, [3])).toEqual(await updates(mean, gradients, [3], 16));
  });

  it('Adam, RMSProp and Shampoo do not notice it without epsilon', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(numbers(4), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: -5, max: 5 }),
        async (raw, power) => {
          const gradients = raw.map((gradient) => gradient.map((value) => (Math.abs(value) < 0.01 ? 0.5 : value)));
          const scaled = gradients.map((gradient) => gradient.map((value) => value * 4 ** power));
          for (const method of [adam({ epsilon: 0 }), rmsprop({ epsilon: 0 })]) {
            expect(await updates(method, scaled, [4])).toEqual(await updates(method, gradients, [4]));
          }
        },
      ),
      { numRuns: 20 },
    ));

  it('the first step of Adam is the sign of the gradient', async () => {
    const [step] = await updates(adam({ epsilon: 0 }), [[3, -0.01, 20]], [3]);
    for (const [index, sign] of [1, -1, 1].entries()) expect(step![index]).toBeCloseTo(-0.5 * sign, 6);
  });
});

describe('Shampoo', () => {
  it('divides a vector by its length: (g g^T + eps I)^{-1/2} g = g / sqrt(|g|^2 + eps)', () =>
    fc.assert(
      fc.asyncProperty(numbers(6), async (gradient) => {
        const [step] = await updates(shampoo({ epsilon: 0.01 }), [gradient], [6]);
        const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0.01));
        for (const [index, value] of step!.entries()) {
          expect(value).toBeCloseTo((-0.5 * gradient[index]!) / length, 5);
        }
      }),
      { numRuns: 30 },
    ));

  it('sees a convolution kernel as a matrix [height width in, out], and axes of size 1 not at all', async () => {
    const gradient = Array.from({ length: 24 }, (_, index) => Math.sin(index + 1));
    for (const method of [shampoo(), inverseFreeShampoo()]) {
      const expected = await updates(method, [gradient, gradient], [12, 2]);
      expect(await updates(method, [gradient, gradient], [2, 2, 3, 2])).toEqual(expected);
      expect(await updates(method, [gradient, gradient], [1, 24])).toEqual(
        await updates(method, [gradient, gradient], [24]),
      );
    }
  });

  it('does not care how a matrix is laid out: transposing the gradient transposes the step', async () => {
    const gradient = Array.from({ length: 6 }, (_, index) => Math.sin(index + 1));
    const transposed = [0, 3, 1, 4, 2, 5].map((index) => gradient[index]!);
    for (const method of [shampoo(), inverseFreeShampoo()]) {
      const [step] = (await updates(method, [gradient, gradient], [2, 3])).slice(1);
      const [other] = (await updates(method, [transposed, transposed], [3, 2])).slice(1);
      expect(distance([[0, 3, 1, 4, 2, 5].map((index) => step![index]!)], [other!])).toBeLessThan(1e-6);
    }
  });
});

describe('stability on w^2 / 2 with P = I', () => {
  it.each([
    ['gradient descent', gradientDescent(), 2],
    ['the heavy ball', gradientDescent({ momentum: 0.6 }), 3.2],
    ['Nesterov', gradientDescent({ momentum: 0.6, nesterov: true }), 3.2 / 2.2],
    ['an average of gradients', rootFreeAdamW({ beta1: 0.6, beta2: 1 - 1e-9, weightDecay: 0, epsilon: 0 }), 8],
  ])('of %s ends at its limit', async (_, optimizer, limit) => {
    expect(optimizer.stabilityLimit).toBeCloseTo(limit, 10);
    const sizes = async (learningRate: number) => {
      const state = optimizer.start({ parameters: [{ name: 'w', shape: [1], group: 0 }], batchSize: 1 });
      let w: tf.Tensor = tf.tensor([1]);
      const path: number[] = [];
      for (let step = 0; step < 400; step++) {
        const [next] = await state.update({ parameters: [w], gradients: [w], learningRate, gradientsAt: () => [] });
        w.dispose();
        w = next!;
        path.push(Math.abs(numbersOf([w])[0]!));
      }
      w.dispose();
      state.dispose();
      return path;
    };
    expect((await sizes(0.97 * limit)).at(-1)).toBeLessThan(0.1);
    // Gradients that grow without bound would in the end be noticed even by this preconditioner.
    expect(Math.max(...(await sizes(1.03 * limit)))).toBeGreaterThan(100);
  });

  it('time goes by the weights of one gradient in all updates', async () => {
    for (const optimizer of [
      gradientDescent({ momentum: 0.6 }),
      gradientDescent({ momentum: 0.6, nesterov: true }),
      rootFreeAdamW({ beta1: 0.6, beta2: 1 - 1e-9, weightDecay: 0, epsilon: 0 }),
    ]) {
      const path = await updates(optimizer, [[1], ...Array.from({ length: 60 }, () => [0])], [1]);
      expect(path.at(-1)![0]).toBeCloseTo(-0.5 * optimizer.timeScale, 5);
    }
  });
});
