import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { diagonalLinear } from '../../src/models/diagonalLinear.ts';
import { matrixFactorization } from '../../src/models/matrixFactorization.ts';
import { mlp } from '../../src/models/mlp.ts';
import { always, every } from '../../src/operators/cadence.ts';
import { kernelDrift } from '../../src/operators/kernelDrift.ts';
import { linearMargins } from '../../src/operators/linearMargins.ts';
import { predictorCosines } from '../../src/operators/predictorCosines.ts';
import { cosine, type PredictorPair } from '../../src/predictors/predictor.ts';
import type { ModelLens } from '../../src/probes/lens.ts';
import type { TrainingStep } from '../../src/step.ts';
import { matrixCompletion } from '../../src/tasks/matrixCompletion.ts';
import { modularAddition } from '../../src/tasks/modularAddition.ts';
import { sparseLinear } from '../../src/tasks/sparseLinear.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';

beforeAll(async () => void (await useBackend('wasm')));

const task = sparseLinear({ dimension: 12, samples: 8, testSamples: 5 });
const spec: TrainingSpec = {
  task,
  model: diagonalLinear({ alpha: 2 }),
  loss: 'crossEntropy',
  learningRate: 0.2,
  steps: 6,
  backend: 'wasm',
};

/** w = u^2 - v^2 of the live model. */
function weightsOf({ probe }: TrainingStep): number[] {
  const [u, v] = (probe.train as ModelLens).parameters.flat().map((tensor) => tensor.dataSync());
  return Array.from(u!, (value, j) => value ** 2 - v![j]! ** 2);
}

describe('averageInputGradient', () => {
  it('is the weights of a linear model, and the mean of the gradients of any other', async () => {
    const before = tf.memory().numTensors;
    const linear = await collected(spec, (row) => [
      weightsOf(row),
      [...(row.probe.test.averageInputGradient() as Float32Array)],
    ]);
    for (const [weights, found] of linear) {
      expect(found!.map((value, j) => Math.abs(value - weights![j]!)).every((error) => error < 1e-5)).toBe(true);
    }
    // AGOP of a linear model is w w^T; of a network its mean gradient is no longer than its root mean square.
    const network = await collected({ ...spec, model: mlp({ widths: [7] }) }, (row) => {
      const mean = row.probe.train.averageInputGradient() as Float32Array;
      const { values } = row.probe.train.agop() as { values: Float32Array };
      let trace = 0;
      for (let j = 0; j < 12; j++) trace += values[13 * j]!;
      return [mean.reduce((sum, value) => sum + value * value, 0), trace];
    });
    for (const [squares, trace] of network) expect(squares!).toBeLessThanOrEqual(trace! * (1 + 1e-5));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says that a factorised matrix has none', async () => {
    const completion: TrainingSpec = {
      ...spec,
      loss: 'square',
      task: matrixCompletion({ size: 5, samples: 9 }),
      model: matrixFactorization({ size: 5 }),
    };
    await expect(collected(completion, (row) => row.probe.train.averageInputGradient())).rejects.toThrow(
      'matrixFactorization: its inputs are indices',
    );
  });
});

describe('linearMargins', () => {
  it('norms and margins of w, as a direct computation has them', async () => {
    const { train: set } = task.data(0) as { train: { inputs: Float32Array; targets: Float32Array; size: number } };
    const seen: number[][] = [];
    const rows = await lastValueFrom(
      train(spec).pipe(
        linearMargins({ cadence: always, exactAccuracy: (weights) => weights.length }),
        tap((row) => seen.push(weightsOf(row))),
        toArray(),
      ),
    );
    rows.slice(1).forEach(({ linear }, index) => {
      const w = seen[index + 1]!;
      const l1 = w.reduce((sum, weight) => sum + Math.abs(weight), 0);
      const l2 = Math.sqrt(w.reduce((sum, weight) => sum + weight * weight, 0));
      const margins = Array.from(
        { length: set.size },
        (_, i) => set.targets[i]! * w.reduce((sum, weight, j) => sum + weight * set.inputs[12 * i + j]!, 0),
      );
      expect(linear.l1Norm).toBeCloseTo(l1, 4);
      expect(linear.l2Norm).toBeCloseTo(l2, 4);
      expect(linear.l1Margin).toBeCloseTo(Math.min(...margins) / l1, 4);
      expect(linear.l2Margin).toBeCloseTo(Math.min(...margins) / l2, 4);
      expect(linear.exactAccuracy).toBe(12);
    });
    // w = 0 exactly.
    expect(rows[0]!.linear.l2Margin).toBeNaN();
  });

  it('refuses a task without classes', async () => {
    const values = sparseLinear({ dimension: 12, samples: 8, target: 'value' });
    const rows = train({ ...spec, loss: 'square', task: values }).pipe(linearMargins({ cadence: always }));
    await expect(lastValueFrom(rows)).rejects.toThrow(/linearMargins: task 'sparse-regression' has no classes/);
  });
});

describe('predictorCosines', () => {
  const predictors: PredictorPair = {
    early: { name: 'ones', values: new Float64Array(12).fill(1), testMetric: 0.5 },
    late: null,
  };

  it('is the cosine with each predictor, null where there is none, on the cadence', async () => {
    const rows = await lastValueFrom(
      train(spec).pipe(
        predictorCosines({ predictors, compared: 'weights', solution: weightsOf, cadence: every(2) }),
        toArray(),
      ),
    );
    expect(rows.map(({ predictors: { early } }) => early !== null)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(rows[2]!.predictors.early).toBeGreaterThan(-1);
    expect(rows.every(({ predictors: { late } }) => late === null)).toBe(true);
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 12);
    expect(cosine([1, 0], [0, 3])).toBe(0);
    expect(cosine([0, 0], [0, 3])).toBeNaN();
  });

  it('refuses a solution of another size', async () => {
    const rows = train(spec).pipe(
      predictorCosines({ predictors, compared: 'weights', solution: () => [1, 2, 3], cadence: always }),
    );
    await expect(lastValueFrom(rows)).rejects.toThrow('3 numbers of the model: expected 12, as the ones has');
  });
});

describe('kernelDrift, summed over outputs', () => {
  it('is that of the whole kernel where there is one output, and defined where that would keep too much', async () => {
    const rows = await lastValueFrom(
      train(spec).pipe(kernelDrift(), kernelDrift({ outputs: 'summed', as: 'summed' }), toArray()),
    );
    for (const { summed, kernelDrift: whole } of rows) {
      expect(summed.drift).toBeCloseTo(whole.drift, 6);
      expect(summed.alignment).toBeCloseTo(whole.alignment, 6);
    }
    expect(rows[0]!.summed).toEqual({ drift: 0, alignment: expect.closeTo(1, 6), targetAlignment: null });
    expect(rows.at(-1)!.summed.drift).toBeGreaterThan(0);
    const classes = await lastValueFrom(
      train({ ...spec, task: modularAddition({ modulus: 5 }), model: mlp({ widths: [8] }), steps: 3 }).pipe(
        kernelDrift({ outputs: 'summed', on: 'test' }),
        toArray(),
      ),
    );
    expect(classes.at(-1)!.kernelDrift.drift).toBeGreaterThan(0);
  });
});

async function collected<T>(given: TrainingSpec, look: (row: TrainingStep) => T): Promise<T[]> {
  const found: T[] = [];
  // Inside an operator what throws is an error of the stream.
  await lastValueFrom(train(given).pipe(tap((row) => found.push(look(row)))));
  return found;
}
