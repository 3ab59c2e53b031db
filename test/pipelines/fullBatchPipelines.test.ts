import { describe, expect, it } from 'vitest';
import { resultOf } from './smallPipeline.ts';

const seeds = [0, 1, 2];

describe('the loss-functions pipeline', () => {
  it('momentum: nothing below the critical rate, a catapult above it, divergence far above it', async () => {
    for (const seed of seeds) {
      const at = (factor: number) => resultOf('loss-functions', { momentum: 0.5, factor, seed, samples: 120 });
      const [below, above, far] = [await at(0.8), await at(1.15), await at(4)];
      expect([below.growth, below.catapults, below.diverged]).toEqual([1, 0, 0]);
      expect(above.growth).toBeGreaterThan(1.5);
      expect(above.catapults).toBeGreaterThan(0);
      expect(above.topShare).toBeGreaterThan(0.8);
      expect(above.lambdaEnd!).toBeLessThan(below.lambdaEnd!);
      expect(far.diverged).toBe(1);
      expect(far.testLoss).toBeNaN();
    }
  });

  it('logistic: the loss rises above the critical rate of the cross-entropy, and only there', async () => {
    for (const seed of seeds) {
      const at = (factor: number) =>
        resultOf('loss-functions', { setting: 'logistic', factor, seed, samples: 200, stopAt: 0.2, steps: 60 });
      const [below, above] = [await at(0.8), await at(2.5)];
      expect(below.growth).toBe(1);
      expect(above.growth).toBeGreaterThan(1.3);
      expect(below.testError).toBeLessThan(0.4);
      expect(below.complementGrowth).toBeUndefined();
    }
  });

  it('the sign of a target is its class: the same true function, and an error near a half before training', async () => {
    const { testError } = await resultOf('loss-functions', { setting: 'logistic', steps: 1, testSamples: 2000 });
    expect(testError).toBeGreaterThan(0.3);
    expect(testError).toBeLessThan(0.7);
  });

  it('images: a convolutional network on the parity of MNIST flattens above its critical rate', async () => {
    const at = (factor: number) =>
      resultOf('loss-functions', { setting: 'images', factor, samples: 64, testSamples: 50, steps: 40, stopAt: 1e-3 });
    const [below, above] = [await at(0.5), await at(2)];
    expect(below.growth).toBe(1);
    expect(above.growth).toBeGreaterThan(1.5);
    expect(above.lambdaEnd!).toBeLessThan(below.lambdaEnd!);
    expect(above.alignment).toBeNull();
  });
});

describe('the feedback-control pipeline', () => {
  it('each burst is a catapult that leaves a flatter network; k = 0 has none', async () => {
    for (const seed of seeds) {
      const at = (bursts: number) => resultOf('feedback-control', { bursts, seed });
      const [none, one, two] = [await at(0), await at(1), await at(2)];
      expect([none.growth, none.spikes]).toEqual([1, 0]);
      for (const run of [one, two]) {
        expect(run.growth).toBeGreaterThan(2);
        expect(run.diverged).toBe(0);
        expect(run.trainLoss).toBeLessThan(0.05);
      }
      expect(one.lambdaEnd!).toBeLessThan(0.7 * none.lambdaEnd!);
      expect(two.lambdaEnd!).toBeLessThan(one.lambdaEnd!);
    }
  });

  it('the controls have no catapult: a rate that follows the critical one from below, and smaller initial weights', async () => {
    for (const seed of seeds) {
      expect((await resultOf('feedback-control', { follow: 0.9, seed })).growth).toBe(1);
      const small = await resultOf('feedback-control', { bursts: 0, initialScale: 0.4, base: 0.08, seed });
      expect(small.growth).toBe(1);
      const { lambdaStart } = await resultOf('feedback-control', { bursts: 0, seed, steps: 1 });
      // Both layers of a kernel of two shrink with the square of the weights.
      expect(small.lambdaStart! / lambdaStart!).toBeCloseTo(0.16, 3);
    }
  });
});
