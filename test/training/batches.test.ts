import fc from 'fast-check';
import { tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { mlp } from '../../src/models/mlp.ts';
import type { Task } from '../../src/tasks/task.ts';
import { BatchOrder } from '../../src/training/batches.ts';
import { train } from '../../src/training/train.ts';
import { collected, smallSpec } from './smallRun.ts';

const sizes = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.nat())
  .filter(([samples, batch]) => batch < samples);

describe('batches', () => {
  it('take each sample at most once an epoch, and all but what is left over', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: 50 }), ([samples, batch, seed], epoch) => {
        const order = new BatchOrder(samples, batch, seed);
        const seen = Array.from({ length: order.stepsPerEpoch }, (_, step) => [
          ...order.rows(epoch * order.stepsPerEpoch + step)!,
        ]);
        expect(seen.every(({ length }) => length === batch)).toBe(true);
        const all = seen.flat();
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBe(samples - (samples % batch));
        expect(all.every((row) => row >= 0 && row < samples)).toBe(true);
      }),
    );
  });

  it('do not depend on which steps were asked for before', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat({ max: 200 }), { maxLength: 10 }), ([samples, batch, seed], steps) => {
        const order = new BatchOrder(samples, batch, seed);
        for (const step of steps) {
          expect([...order.rows(step)!]).toEqual([...new BatchOrder(samples, batch, seed).rows(step)!]);
        }
      }),
    );
  });

  it('reshuffle from epoch to epoch and from seed to seed', () => {
    const epoch = (seed: number, index: number) => [...new BatchOrder(40, 39, seed).rows(index)!];
    expect(epoch(1, 0)).not.toEqual(epoch(1, 1));
    expect(epoch(1, 0)).not.toEqual(epoch(2, 0));
  });

  it('reach the lens of the step: inputs and targets of the same rows', async () => {
    const size = 10;
    // A linear model sees input i as i: its predictions over its weight say which rows the batch holds.
    const indexed: Task = {
      name: 'indexed',
      classes: null,
      description: null,
      data: () => {
        const values = Float32Array.from({ length: size }, (_, index) => index + 1);
        const set = { inputs: values, targets: values.map((value) => -value), size, dimension: 1, outputs: 1 };
        return { train: set, test: set };
      },
    };
    const order = new BatchOrder(size, 3, 9);
    let weight = Number.NaN;
    await collected(
      train(
        smallSpec({ task: indexed, model: mlp({ widths: [] }), batchSize: 3, steps: 7, seed: 9, learningRate: 0 }),
      ).pipe(
        tap(({ step, loss, probe }) => {
          weight = (probe.train.predictions() as Float32Array)[0]!;
          const rows = [...order.rows(step)!];
          const seen = [...(probe.batch.predictions() as Float32Array)].map((f) => Math.round(f / weight) - 1);
          expect(seen).toEqual(rows);
          const expected = rows.reduce((sum, row) => sum + ((row + 1) * (weight + 1)) ** 2, 0) / 3;
          expect(loss).toBeCloseTo(expected, 3);
          expect(probe.batch.size).toBe(3);
          expect(probe.train.size).toBe(size);
        }),
      ),
    );
  });

  it('a batch larger than the training set is an error of the stream that names both', async () => {
    await expect(collected(train(smallSpec({ batchSize: 13 })))).rejects.toThrow(
      'train: batchSize = 13: expected at most the 12 training samples',
    );
  });
});
