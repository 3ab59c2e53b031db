import { describe, expect, it } from 'vitest';
import { pearson } from '../../src/statistics/pearson.ts';
import { resultOf } from './smallPipeline.ts';

const seeds = [0, 1, 2, 3];

describe('the batch-size pipeline', () => {
  it('below its critical rate an update never raises the loss of its batch, above it often does', async () => {
    let [stable, unstable, rose] = [0, 0, 0];
    for (const seed of seeds) {
      const result = await resultOf('batch-size', { batchSize: 6, factor: 0.6, seed });
      expect(result.stableRose).toBe(0);
      stable += result.stableUpdates!;
      unstable += result.unstableUpdates!;
      rose += result.unstableRose!;
    }
    expect(stable).toBeGreaterThan(50);
    expect(rose / unstable).toBeGreaterThan(0.1);
  });

  it('small batches spike; the whole set at the same rate and small batches at a tenth of it do not', async () => {
    let spikes = 0;
    for (const seed of seeds) {
      const small = await resultOf('batch-size', { batchSize: 6, factor: 0.5, seed });
      const whole = await resultOf('batch-size', { batchSize: 60, factor: 0.5, seed });
      const calm = await resultOf('batch-size', { batchSize: 6, factor: 0.05, seed });
      spikes += small.spikes!;
      expect([whole.spikes, whole.growth, calm.spikes]).toEqual([0, 1, 0]);
      expect(small.diverged).toBe(0);
      expect(small.trainLoss).toBeLessThan(0.05);
      expect(small.text).toMatch(/rose in 0 of \d+ updates below/);
    }
    expect(spikes / seeds.length).toBeGreaterThan(1);
  });

  it('refuses batches larger than the training set', async () => {
    await expect(resultOf('batch-size', { batchSize: 61 })).rejects.toThrow(/batchSize = 61: .*60 samples/);
  });
});

describe('the optimizers pipeline', () => {
  it('each method trains to the loss asked for; a better aligned AGOP goes with a lower test loss', async () => {
    const points: [number, number][] = [];
    for (const optimizer of ['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad']) {
      for (const seed of seeds) {
        const { trainLoss, alignment, testLoss } = await resultOf('optimizers', { optimizer, seed });
        expect(trainLoss, optimizer).toBeLessThan(0.05);
        points.push([alignment!, testLoss!]);
      }
    }
    const coefficient = pearson(
      points.map(([alignment]) => alignment),
      points.map(([, testLoss]) => testLoss),
    );
    expect(coefficient).toBeLessThan(-0.7);
  });

  it('the rate of momentum is in the same unit as that of SGD', async () => {
    // One update from the same start: with heavy-ball momentum it is the same as without.
    const one = { steps: 1, factor: 0.5 };
    const [sgd, momentum] = [
      await resultOf('optimizers', { ...one, optimizer: 'sgd' }),
      await resultOf('optimizers', { ...one, optimizer: 'momentum' }),
    ];
    expect(momentum.trainLoss! / sgd.trainLoss!).toBeCloseTo(1, 5);
  });

  it('a rate in the unit of another method is refused', async () => {
    await expect(resultOf('optimizers', { optimizer: 'adam', factor: 0.7 })).rejects.toThrow(
      /factor = 0.7: expected none with adam/,
    );
    await expect(resultOf('optimizers', { learningRate: 0.7 })).rejects.toThrow(/learningRate = 0.7: .* with sgd/);
  });
});
