import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { fullGradientSam, noiseSam } from '../../src/optimizers/decomposedSam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer, OptimizerState } from '../../src/optimizers/optimizer.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { BatchOrder } from '../../src/training/batches.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { collected, smallSpec } from '../training/smallRun.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

const run = { parameters: [{ name: 'w', shape: [3], group: 0 }], batchSize: 4 };

/** Makes an update, and says where its second gradient was taken: the length of the perturbation. */
async function perturbationLength(state: OptimizerState, first = 0.5): Promise<number> {
  const [w, gradient] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([first, -2, 1])];
  let length = Number.NaN;
  const updated = await state.update({
    parameters: [w],
    gradients: [gradient],
    learningRate: 0.1,
    gradientsAt: (parameters, samples) => {
      // The full gradient is another direction than the batch's.
      if (samples === 'train') return [tf.tensor1d([1, -1, 1])];
      length = tf.tidy(() => tf.norm(tf.sub(parameters[0]!, w)).dataSync()[0]!);
      return [tf.clone(gradient)];
    },
  });
  tf.dispose([w, gradient, ...updated]);
  return length;
}

describe('a warm-up of rho', () => {
  it.each<[string, (options: { rho: number; warmUp?: number }) => Optimizer]>([
    ['sam', sam],
    ['friendlySam', friendlySam],
    ['fullGradientSam', fullGradientSam],
    ['noiseSam', noiseSam],
  ])('of %s: rho grows linearly over so many updates, and is whole from there on', async (_, method) => {
    const state = method({ rho: 0.8, warmUp: 4 }).start(run);
    // Gradients that differ: of equal ones the friendly direction is 0.
    for (const [step, share] of [0.25, 0.5, 0.75, 1, 1, 1].entries())
      expect(await perturbationLength(state, step)).toBeCloseTo(0.8 * share, 5);
    state.dispose();
  });

  it('goes on where a saved state had it', async () => {
    const options = { rho: 0.8, warmUp: 4 };
    const first = sam(options).start(run);
    await perturbationLength(first);
    const scalars = JSON.parse(JSON.stringify(first.scalars()));
    const resumed = sam(options).start(run);
    resumed.restore(first.tensors(), scalars);
    expect(await perturbationLength(resumed)).toBeCloseTo(0.4, 5);
    first.dispose();
    resumed.dispose();
  });

  it('of none and of one update is the whole rho from the first', async () => {
    for (const warmUp of [0, 1]) {
      const state = sam({ rho: 0.8, warmUp }).start(run);
      expect(await perturbationLength(state)).toBeCloseTo(0.8, 5);
      state.dispose();
    }
  });
});

describe('a larger batch', () => {
  it('begins with the rows of the step, has no row twice, and ends as the whole training set', () => {
    const sizes = fc.tuple(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), fc.nat({ max: 60 }), fc.nat());
    fc.assert(
      fc.property(sizes, ([samples, batch, more, step, seed]) => {
        const batchSize = 1 + (batch % (samples - 1));
        const count = batchSize + (more % (samples - batchSize + 1));
        const order = new BatchOrder(samples, batchSize, seed);
        const rows = order.more(step, count);
        if (count === samples) {
          expect(rows).toBeUndefined();
          return;
        }
        expect([...rows!.subarray(0, batchSize)]).toEqual([...order.rows(step)!]);
        expect(new Set(rows).size).toBe(count);
        expect([...rows!].every((row) => row >= 0 && row < samples)).toBe(true);
        expect([...new BatchOrder(samples, batchSize, seed).more(step, count)!]).toEqual([...rows!]);
      }),
    );
  });

  it('is refused where it is smaller than the batch or larger than the training set', () => {
    const order = new BatchOrder(12, 5, 0);
    expect(() => order.more(0, 4)).toThrow(/gradient of 4 samples .* expected 5, the batch, to 12/);
    expect(() => order.more(0, 13)).toThrow(RangeError);
    expect(() => sam({ perturbationBatch: 3 }).start(run)).toThrow(
      'sam: perturbationBatch = 3: expected at least the 4 samples of a batch',
    );
  });
});

describe('a perturbation by a larger batch', () => {
  const losses = async (optimizer: Optimizer, steps = 8) => {
    const spec = smallSpec({ optimizer, steps, batchSize: 4, learningRate: 0.05 });
    const rows = await collected(train(spec));
    return rows.map(({ loss }) => loss);
  };
  const base = gradientDescent({ momentum: 0.5 });

  it('of the batch itself changes nothing', async () => {
    expect(await losses(sam({ rho: 0.2, base, perturbationBatch: 4 }))).toEqual(await losses(sam({ rho: 0.2, base })));
  });

  it('of the training set follows the full gradient, as the projection on it does', async () => {
    const [whole, projection, own] = [
      await losses(sam({ rho: 0.2, base, perturbationBatch: 12 }), 2),
      await losses(fullGradientSam({ rho: 0.2, base }), 2),
      await losses(sam({ rho: 0.2, base }), 2),
    ];
    expect(whole[1]).toBeCloseTo(projection[1]!, 5);
    expect(Math.abs(whole[1]! - own[1]!)).toBeGreaterThan(1e-4);
  });

  it('in between is something else than either, and leaves no tensor', async () => {
    const [between, whole, own] = [
      await losses(sam({ rho: 0.2, base, perturbationBatch: 8 })),
      await losses(sam({ rho: 0.2, base, perturbationBatch: 12 })),
      await losses(sam({ rho: 0.2, base })),
    ];
    expect(between).not.toEqual(whole);
    expect(between).not.toEqual(own);
    expect(between.every(Number.isFinite)).toBe(true);
  });

  it('of others alone follows the mean of all without what is the own, and may be smaller than the batch', async () => {
    const state = sam({ rho: 2, perturbationBatch: 3, othersOnly: true }).start(run);
    const [w, gradient] = [tf.tensor1d([1, 2, 3]), tf.tensor1d([3, -2, 1])];
    const asked: unknown[] = [];
    const moves: number[][] = [];
    const updated = await state.update({
      parameters: [w],
      gradients: [gradient],
      learningRate: 0.1,
      gradientsAt: (parameters, samples) => {
        asked.push(samples);
        // Seven samples: four of the batch with a mean of [3, -2, 1], three others with one of [0, 4, 3].
        if (samples === 7) return [tf.tensor1d([12 / 7, 4 / 7, 13 / 7])];
        moves.push(tf.tidy(() => [...tf.sub(parameters[0]!, w).dataSync()]));
        return [tf.clone(gradient)];
      },
    });
    expect(asked).toEqual([7, undefined]);
    for (const [axis, move] of moves[0]!.entries()) expect(move).toBeCloseTo(2 * [0, 0.8, 0.6][axis]!, 5);
    for (const tensor of [w, gradient, ...updated]) tensor.dispose();
    state.dispose();
  });

  it('of more than the training set is an error of the stream', async () => {
    await expect(losses(sam({ perturbationBatch: 13 }))).rejects.toThrow(/gradient of 13 samples .* to 12/);
  });
});
