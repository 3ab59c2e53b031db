import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { diagonalLinear } from '../../src/models/diagonalLinear.ts';
import { matrixFactorization } from '../../src/models/matrixFactorization.ts';
import type { Model } from '../../src/models/model.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { ModelLens } from '../../src/probes/lens.ts';
import type { Dataset } from '../../src/tasks/task.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import type { ReferenceTensor } from '../reference/reference.ts';

/** The float64 trajectories of `diagonal-net.json`; its `meta` states the conventions. */
interface Case {
  readonly L: number;
  readonly d: number;
  readonly lr: number;
  readonly weight_decay: number;
  readonly steps: readonly { readonly [quantity: string]: number }[];
  readonly [tensor: string]: unknown;
}

const { cases } = JSON.parse(readFileSync(new URL('../reference/diagonal-net.json', import.meta.url), 'utf8')) as {
  cases: Record<string, Case>;
};
const tensorOf = (one: Case, name: string) => one[name] as ReferenceTensor;

/** The model with its parameters set at the start, in order. */
function startingAt(model: Model, starts: readonly (readonly number[])[]): Model {
  return {
    ...model,
    build(...args) {
      const network = model.build(...args);
      const layers = network.layers.map((layer) => ({
        ...layer,
        parameters: layer.parameters.map((parameter, index) => ({
          ...parameter,
          initialise: () => Float32Array.from(starts[index]!),
        })),
      }));
      return { ...network, layers };
    },
  };
}

/** The rows of a run with the losses, accuracies and parameters of each. */
function trajectory(one: Case, model: Model, sets: { train: Dataset; test: Dataset }, loss: 'square' | 'crossEntropy') {
  return lastValueFrom(
    train({
      task: {
        name: 'reference',
        classes: loss === 'square' ? null : 'sign',
        description: {},
        data: () => sets,
      },
      model,
      loss,
      optimizer: gradientDescent({ weightDecay: one.weight_decay }),
      learningRate: one.lr,
      steps: 30,
      backend: backendUnderTest,
    }).pipe(
      map(({ probe }) => ({
        trainLoss: probe.train.loss() as number,
        testLoss: probe.test.loss() as number,
        trainAccuracy: probe.train.accuracy() as number,
        testAccuracy: probe.test.accuracy() as number,
        parameters: (probe.train as ModelLens).parameters.flat().map((tensor: tf.Tensor) => [...tensor.dataSync()]),
      })),
      toArray(),
    ),
  );
}

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Relative to the size of what is expected, at least 1. */
function expectClose(found: number, expected: number, tolerance: number): void {
  expect(Math.abs(found - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance);
}

describe('diagonal networks follow the float64 trajectories', () => {
  it.each(['diagonal_symmetric', 'diagonal_large_init_no_wd', 'diagonal_L3'])('%s', async (name) => {
    const one = cases[name]!;
    const set = (side: 'train' | 'test'): Dataset => ({
      inputs: Float32Array.from(tensorOf(one, `X_${side}`).data),
      targets: Float32Array.from(tensorOf(one, `y_${side}`).data),
      size: tensorOf(one, `y_${side}`).shape[0]!,
      dimension: one.d,
      outputs: 1,
    });
    const model = startingAt(diagonalLinear({ depth: one.L }), [tensorOf(one, 'u0').data, tensorOf(one, 'v0').data]);
    const rows = await trajectory(one, model, { train: set('train'), test: set('test') }, 'crossEntropy');
    expect(rows).toHaveLength(one.steps.length);
    rows.forEach(({ trainLoss, testLoss, trainAccuracy, testAccuracy, parameters: [u, v] }, step) => {
      const expected = one.steps[step]!;
      expectClose(trainLoss, expected.train_loss!, 1e-5);
      expectClose(testLoss, expected.test_loss!, 1e-5);
      // At w = 0 every output is a tie, which the reference counts as half right and accuracy as wrong.
      if (expected.w_l1 !== 0) {
        expect(trainAccuracy).toBeCloseTo(expected.train_accuracy!, 6);
        expect(testAccuracy).toBeCloseTo(expected.test_accuracy!, 6);
      }
      expectClose(norm(u!), expected.norm_u!, 1e-5);
      expectClose(norm(v!), expected.norm_v!, 1e-5);
      const weights = u!.map((value, j) => value ** one.L - v![j]! ** one.L);
      expectClose(
        weights.reduce((sum, weight) => sum + Math.abs(weight), 0),
        expected.w_l1!,
        3e-5,
      );
      expectClose(norm(weights), expected.w_l2!, 3e-5);
      for (const [found, after] of [
        [u!, tensorOf(one, 'u_after')],
        [v!, tensorOf(one, 'v_after')],
      ] as const) {
        found.forEach((value, j) => {
          expectClose(value, after.data[step * one.d + j]!, 1e-5);
        });
      }
    });
  });
});

describe('matrix factorisations follow the float64 trajectories', () => {
  it.each(['matrix_completion', 'matrix_completion_jitter'])('%s', async (name) => {
    const one = cases[name]!;
    const { d } = one;
    const mask = tensorOf(one, 'mask').data;
    const wanted = tensorOf(one, 'M_star').data;
    const set = (observed: number): Dataset => {
      const entries = mask.flatMap((value, at) => (value === observed ? [at] : []));
      return {
        inputs: Float32Array.from(entries.flatMap((at) => [Math.floor(at / d), at % d])),
        targets: Float32Array.from(entries, (at) => wanted[at]!),
        size: entries.length,
        dimension: 2,
        outputs: 1,
      };
    };
    const starts = [tensorOf(one, 'U0').data, tensorOf(one, 'V0').data];
    const model = startingAt(matrixFactorization({ size: d }), starts);
    const rows = await trajectory(one, model, { train: set(1), test: set(0) }, 'square');
    expect(rows).toHaveLength(one.steps.length);
    rows.forEach(({ trainLoss, testLoss, parameters: [u, v] }, step) => {
      const expected = one.steps[step]!;
      expectClose(trainLoss, expected.train_loss!, 1e-5);
      expectClose(testLoss, expected.test_loss!, 1e-5);
      expectClose(norm(u!), expected.norm_U!, 1e-5);
      expectClose(norm(v!), expected.norm_V!, 1e-5);
      const matrix = Float64Array.from({ length: d * d }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < d; k++) {
          const [i, j] = [Math.floor(at / d) * d + k, (at % d) * d + k];
          sum += u![i]! * u![j]! - v![i]! * v![j]!;
        }
        return sum;
      });
      expectClose(norm([...matrix]), expected.M_frobenius!, 3e-5);
      const { values } = symmetricEigen(matrix, d);
      expectClose(
        values.reduce((sum, value) => sum + Math.abs(value), 0),
        expected.M_nuclear!,
        3e-5,
      );
    });
    const { parameters } = rows.at(-1)!;
    for (const [index, factor] of ['U_final', 'V_final'].entries()) {
      parameters[index]!.forEach((value, at) => {
        expectClose(value, tensorOf(one, factor).data[at]!, 1e-5);
      });
    }
  });
});
