import { rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type FriendlySamOptions,
  type FriendlySamRow,
  friendlySamPipeline,
} from '../../pipelines/friendlySam/friendlySam.ts';
import { gradientDecomposition } from '../../src/operators/gradientDecomposition.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { TrainingOptions } from '../../src/training/trainingSpec.ts';
import { friendlySamFolder } from './friendlySamFolder.ts';

const data = friendlySamFolder();
afterAll(() => rmSync(data, { recursive: true }));

const small = { data, samples: 200, batchSize: 20, epochs: 4, model: 'mlp', backend: 'wasm' } as const;

async function run(options: FriendlySamOptions, training: TrainingOptions = {}) {
  const { rows, summary } = await friendlySamPipeline.prepare({ ...small, ...options }, { training: () => training });
  const all: FriendlySamRow[] = await lastValueFrom(
    rows.pipe(
      tap((row) => summary.push(row)),
      toArray(),
    ),
  );
  const { seconds: _, ...result } = summary.result() as { readonly [name: string]: number };
  return { rows: all, result, text: summary.text() };
}

describe('the friendly-sam pipeline', () => {
  it('learns the images by each method, and leaves no tensor', async () => {
    await run({ method: 'sgd', epochs: 1 });
    const before = tf.memory().numTensors;
    for (const method of ['sgd', 'sam', 'f-sam', 'full-gradient', 'noise'] as const) {
      const { rows, result, text } = await run({ method, labelNoise: 0, epochs: 8 });
      expect(rows.length).toBe(81);
      expect(result.testPercent, method).toBeGreaterThan(80);
      expect(result.diverged).toBe(0);
      expect(text).toContain(`${result.testPercent!.toFixed(2)} % classified rightly`);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('runs of one seed begin alike whatever the method; wrong classes make it harder', async () => {
    const [sgd, sam, other, noisy] = [
      await run({ method: 'sgd', labelNoise: 0 }),
      await run({ method: 'sam', labelNoise: 0 }),
      await run({ method: 'sgd', labelNoise: 0, seed: 1 }),
      await run({ method: 'sgd', labelNoise: 0.5 }),
    ];
    expect(sam.rows[0]!.loss).toBe(sgd.rows[0]!.loss);
    expect(other.rows[0]!.loss).not.toBe(sgd.rows[0]!.loss);
    expect(noisy.result.testPercent).toBeLessThan(sgd.result.testPercent!);
  });

  it('at a long perturbation SAM fails where F-SAM learns', async () => {
    const setting = { setting: 'rho-sweep', epochs: 10, rho: 3 } as const;
    const [sam, friendly] = [await run({ ...setting, method: 'sam' }), await run({ ...setting, method: 'f-sam' })];
    expect(friendly.result.testPercent! - sam.result.testPercent!).toBeGreaterThan(20);
  });

  it('judges by the two parts of the test file, which differ', async () => {
    const [test, validation] = [await run({ method: 'sgd' }), await run({ method: 'sgd', judgedBy: 'validation' })];
    expect(validation.rows.map(({ loss }) => loss)).toEqual(test.rows.map(({ loss }) => loss));
    expect(validation.result.testLoss).not.toBe(test.result.testLoss);
    // 60 and 140 images.
    expect((validation.result.testPercent! * 60) / 100).toBeCloseTo(
      Math.round(validation.result.testPercent! * 0.6),
      6,
    );
    expect((test.result.testPercent! * 140) / 100).toBeCloseTo(Math.round(test.result.testPercent! * 1.4), 6);
  });
});

describe('its trajectory', () => {
  it('has the directions in the middle of the epochs that it was asked for, and nowhere else', async () => {
    const { rows, result } = await run({ setting: 'trajectory', method: 'sam', fullGradientEvery: 2 });
    const measured = rows.filter(({ friendlyDirections }) => friendlyDirections!.batchCosine !== null);
    expect(measured.map(({ step }) => step)).toEqual([15, 35]);
    expect(rows.filter(({ sharpness }) => sharpness!.worstRise !== null).map(({ step }) => step)).toEqual([15, 35, 40]);
    for (const { friendlyDirections } of measured) {
      const { batchCosine, noiseShare, friendlyCosine } = friendlyDirections!;
      expect(noiseShare).toBeCloseTo(1 - batchCosine! ** 2, 12);
      expect(friendlyCosine!).toBeLessThan(batchCosine!);
    }
    const { last } = result.noiseShare as unknown as { last: number };
    expect(last).toBe(measured.at(-1)!.friendlyDirections!.noiseShare);
  });

  it('agrees with the operator that decomposes gradients, and its average takes in every batch', async () => {
    const { rows, summary } = await friendlySamPipeline.prepare({
      ...small,
      setting: 'trajectory',
      method: 'sgd',
      fullGradientEvery: 1,
    });
    const all = await lastValueFrom(
      rows.pipe(
        gradientDecomposition(),
        tap((row) => summary.push(row)),
        toArray(),
      ),
    );
    const measured = all.filter(({ friendlyDirections }) => friendlyDirections!.batchCosine !== null);
    expect(measured.length).toBe(4);
    for (const { friendlyDirections, gradientDecomposition } of measured)
      expect(friendlyDirections!.batchCosine).toBeCloseTo(gradientDecomposition.cosine!, 6);
    // Theirs has this row's batch in the average as well: m' = .9 m + .1 g, so that they are close, and not the same.
    const [first] = measured;
    const { averageCosine } = first!.friendlyDirections!;
    expect(averageCosine).not.toBe(first!.gradientDecomposition.averageCosine);
    expect(Math.abs(averageCosine! - first!.gradientDecomposition.averageCosine!)).toBeLessThan(0.3);
  });

  it('without it no full gradient is asked for', async () => {
    const { rows } = await run({ method: 'f-sam', epochs: 1 });
    expect(rows[5]).not.toHaveProperty('friendlyDirections');
    expect(rows[5]).not.toHaveProperty('sharpness');
  });

  it('goes on from a checkpoint as if it had never stopped, with a rho that is still growing', async () => {
    const options = { setting: 'trajectory', fullGradientEvery: 1, warmUp: 0.8, epochs: 3 } as const;
    const kept: Checkpoint[] = [];
    const whole = await run(options, {
      checkpoints: { every: 13, put: async (checkpoint) => void kept.push(structuredClone(checkpoint)) },
    });
    expect(kept[0]!.step).toBe(13);
    const resumed = await run(options, { resume: kept[0]! });
    expect(resumed.result).toEqual(whole.result);
    expect(resumed.rows.map(({ loss }) => loss)).toEqual(whole.rows.slice(13).map(({ loss }) => loss));
  });
});

describe('what is not usable is refused', () => {
  it.each<[FriendlySamOptions, RegExp]>([
    [{ method: 'sgd', rho: 0.1 }, /friendlySam: rho = 0.1: expected none with method sgd/],
    [{ method: 'sgd', warmUp: 0.5 }, /friendlySam: warmUp = .*: expected none with method sgd/],
    [{ method: 'sam', lambda: 0.9 }, /friendlySam: lambda = 0.9: expected none with method sam/],
    [{ method: 'f-sam', perturbationBatch: 100 }, /perturbationBatch = 100: expected none with method f-sam/],
    [{ method: 'sgd', batchSize: 300 }, /batchSize = 300: expected at most the 200 training images/],
    [
      { method: 'sgd', data: '/nowhere' },
      /'\/nowhere': no such folder: expected train-images-idx3-ubyte, plain or gzipped/,
    ],
  ])('%j', async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
