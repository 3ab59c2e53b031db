import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { train } from '../../src/training/train.ts';

const spec = {
  task: lowRankRegression({ dimension: 5, samples: 16, testSamples: 20 }),
  model: mlp({ widths: [24] }),
  steps: 6,
  seed: 3,
};

/** Every diagnostic that a row of the catapults pipeline has, on one backend. */
async function rowsOn(backend: 'webgpu' | 'wasm', optimizer: Optimizer, learningRate: number, diagnostics: boolean) {
  await useBackend(backend);
  const before = tf.memory().numTensors;
  const steps = train({ ...spec, optimizer, learningRate, backend });
  const rows: Observable<{ loss: number }> = diagnostics
    ? steps.pipe(tangentKernel(), eigenspace({ rank: 1 }), agopAlignment(), evaluate(), spikes(), catapults())
    : steps;
  const found = await lastValueFrom(rows.pipe(toArray()));
  expect(tf.memory().numTensors).toBe(before);
  return found.map((row) => numbers(row));
}

/** The numbers of a row by their paths, but for the time it took. */
function numbers(row: object, path = ''): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => {
      if (['seconds', 'run', 'probe'].includes(name)) return [];
      if (typeof value === 'number') return [[path + name, value]];
      return typeof value === 'object' && value !== null ? Object.entries(numbers(value, `${path}${name}.`)) : [];
    }),
  );
}

function expectSame(found: Record<string, number>[], expected: Record<string, number>[], tolerance: number): void {
  expect(found.map((row) => Object.keys(row))).toEqual(expected.map((row) => Object.keys(row)));
  found.forEach((row, step) => {
    for (const [name, value] of Object.entries(row)) {
      const error = Math.abs(value - expected[step]![name]!) / (1e-2 + Math.abs(expected[step]![name]!));
      expect(error, `${name} of row ${step}`).toBeLessThan(tolerance);
    }
  });
}

describe('on WebGPU, which is read asynchronously', () => {
  beforeAll(async () => void (await useBackend('webgpu')));
  // As long as it is there, Dawn keeps the process from ending.
  afterAll(() => void Reflect.deleteProperty(globalThis.navigator, 'gpu'));

  it('a catapult pipeline has the rows that wasm has, in their order, and frees every tensor', async () => {
    const found = await rowsOn('webgpu', gradientDescent(), 2, true);
    expectSame(found, await rowsOn('wasm', gradientDescent(), 2, true), 2e-3);
  });

  it.each<[string, Optimizer, number]>([
    ['heavy ball', gradientDescent({ momentum: 0.9 }), 0.2],
    ['Adam', adam(), 0.01],
    ['Friendly-SAM', friendlySam({ base: gradientDescent() }), 0.5],
  ])('%s takes the steps that it takes on wasm', async (_, optimizer, rate) => {
    const found = await rowsOn('webgpu', optimizer, rate, false);
    expectSame(found, await rowsOn('wasm', optimizer, rate, false), 2e-3);
  });
});
