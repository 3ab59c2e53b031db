import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { tableFromIPC } from 'apache-arrow';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { adaptivityGauge } from '../../src/operators/adaptivityGauge.ts';
import { every } from '../../src/operators/cadence.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { train } from '../../src/training/train.ts';

beforeAll(async () => void (await useBackend('wasm')));

const spec = (optimizer: Optimizer) => ({
  task: lowRankRegression({ dimension: 4, samples: 16, testSamples: 4 }),
  model: mlp({ widths: [5], parameterization: 'standard' }),
  optimizer,
  learningRate: 1e-3,
  batchSize: 8,
  steps: 6,
  backend: 'wasm' as const,
});

/** The percentile of sorted values, between two of them in proportion. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (at % 1) * (high - low);
}

describe('adaptivityGauge', () => {
  it.each([
    ['root-free RMSProp', rootFreeRmsprop({ alpha: 0.7, epsilon: 1e-4 }), 1 / 8, (s: number) => 8 * s + 1e-4],
    ['RMSProp', rmsprop({ alpha: 0.7, epsilon: 1e-4 }), 0, (s: number) => Math.sqrt(s) + 1e-4],
  ] as const)(
    '%s: percentiles of what its gradients are divided by, of all and by layer',
    async (_, optimizer, initial, denominator) => {
      const before = tf.memory().numTensors;
      const squares: number[] = [];
      const rows = await lastValueFrom(
        train(spec(optimizer)).pipe(
          adaptivityGauge(),
          tap((row) => {
            const denominators = squares.map(denominator);
            if (squares.length > 0) {
              // 4 x 5 weights and 5 biases, then 5 weights and a bias.
              for (const [layer, of] of [
                [row.adaptivityGauge, denominators],
                [row.adaptivityGauge.layers!.W1, denominators.slice(0, 25)],
                [row.adaptivityGauge.layers!.W2, denominators.slice(25)],
              ] as const) {
                expect(layer!.p10! / percentile(of, 0.1)).toBeCloseTo(1, 4);
                expect(layer!.p50! / percentile(of, 0.5)).toBeCloseTo(1, 4);
                expect(layer!.p90! / percentile(of, 0.9)).toBeCloseTo(1, 4);
              }
              expect(row.adaptivityGauge.spread).toBe(row.adaptivityGauge.p90! / row.adaptivityGauge.p10!);
            }
            const gradient = row.probe.batch.gradient() as Float32Array;
            gradient.forEach((g, i) => {
              squares[i] = 0.7 * (squares[i] ?? initial) + 0.3 * g * g;
            });
          }),
          toArray(),
        ),
      );
      expect(rows).toHaveLength(7);
      const [first] = rows;
      if (initial === 0) expect(Object.values(first!.adaptivityGauge)).toEqual([null, null, null, null, null]);
      else
        expect([first!.adaptivityGauge.spread, first!.adaptivityGauge.p50]).toEqual([1, expect.closeTo(1 + 1e-4, 6)]);
      expect(rows.at(-1)!.adaptivityGauge.spread).toBeGreaterThan(1.01);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('is recorded, with nulls where there are no denominators yet and between two readings', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onager-gauge-'));
    try {
      const file = join(folder, 'gauge.arrows');
      await lastValueFrom(train(spec(adamW())).pipe(adaptivityGauge({ cadence: every(2) }), toArrow(file)));
      const names = ['adaptivityGauge.p10', 'adaptivityGauge.layers.W2.p90'];
      const table = tableFromIPC(readFileSync(file));
      const read = (name: string) => name.split('.').reduce<unknown>((at, part) => (at as never)?.[part], table.get(4));
      const flat = table.schema.fields.some(({ name }) => name === names[0]);
      for (const name of names) {
        const at = (row: number) =>
          flat
            ? table.getChild(name)!.get(row)
            : name.split('.').reduce<unknown>((value, part) => (value as never)?.[part] ?? null, table.get(row));
        expect([at(0), at(1), at(3)]).toEqual([null, null, null]);
        expect(at(4)).toBeGreaterThan(0);
      }
      expect(flat || read(names[0]!) !== undefined).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['gradient descent', gradientDescent()],
    ['Shampoo', shampoo()],
  ])('refuses %s by name: it does not divide element by element', async (name, optimizer) => {
    await expect(lastValueFrom(train(spec(optimizer)).pipe(adaptivityGauge()))).rejects.toThrow(
      new RegExp(`adaptivityGauge: ${name} .*does not divide element by element`, 'i'),
    );
  });
});
