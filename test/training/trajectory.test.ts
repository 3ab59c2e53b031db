import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { mlp } from '../../src/models/mlp.ts';
import { forward, gradients } from '../../src/models/model.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import type { ReferenceTensor } from '../reference/reference.ts';

interface Reference {
  readonly problem: {
    readonly X: ReferenceTensor;
    readonly Y: ReferenceTensor;
    readonly params: Readonly<Record<'W1' | 'b1' | 'W2' | 'b2', ReferenceTensor>>;
    readonly batches: readonly (readonly number[])[];
  };
  readonly optimizers: Readonly<
    Record<
      'sgd' | 'sgd_momentum',
      {
        readonly hyperparameters: { readonly lr: number; readonly momentum?: number };
        readonly params_after_step: ReferenceTensor;
        readonly batch_loss_before_step: readonly number[];
        readonly float32_max_abs_deviation: number;
      }
    >
  >;
}

/** Trajectories computed in float64 by an independent program: tanh 3-4-2 with biases, batches of 4. */
const { problem, optimizers }: Reference = JSON.parse(
  readFileSync(new URL('../reference/optimizers-ground.json', import.meta.url), 'utf8'),
);

function rowsOf({ shape, data }: ReferenceTensor, rows: readonly number[]): Float32Array {
  const width = shape[1]!;
  return Float32Array.from(rows.flatMap((row) => data.slice(row * width, (row + 1) * width)));
}

describe.each(backendsUnderTest)('gradient descent along the reference trajectory on %s', (backend) => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('%s, every step', async (name) => {
    await useBackend(backend);
    const before = tf.memory().numTensors;
    const { hyperparameters, params_after_step, batch_loss_before_step, float32_max_abs_deviation } = optimizers[name];
    const tolerance = Math.max(1e-6, 3 * float32_max_abs_deviation);
    const network = mlp({ widths: [4], activation: 'tanh', parameterization: 'standard' }).build(3, 2);
    const state = gradientDescent({ momentum: hyperparameters.momentum ?? 0 }).start({
      parameters: network.layers.flatMap((layer, group) =>
        layer.parameters.map((parameter) => ({ ...parameter, group })),
      ),
      batchSize: 4,
    });
    let parameters = network.layers.map((layer) =>
      layer.parameters.map(({ name: parameter }) => {
        const { shape, data } = problem.params[parameter as 'W1'];
        return tf.tensor([...data], [...shape]);
      }),
    );
    problem.batches.forEach((rows, step) => {
      const scope = new TensorScope();
      const inputs = scope.own(() => tf.tensor2d(rowsOf(problem.X, rows), [4, 3]));
      const trace = forward(network, parameters, inputs, scope);
      const outputs = trace.outputs.dataSync() as Float32Array;
      const targets = rowsOf(problem.Y, rows);
      expect(Math.abs(squareLoss.value(outputs, targets, 4) - batch_loss_before_step[step]!)).toBeLessThan(1e-5);
      const outputGradient = scope.own(() => tf.tensor2d(squareLoss.outputGradient(outputs, targets, 4), [4, 2]));
      const found = gradients(trace, outputGradient).flat();
      const updated = state.update({
        parameters: parameters.flat(),
        gradients: found,
        learningRate: hyperparameters.lr,
        gradientsAt: () => [],
      }) as tf.Tensor[];
      for (const tensor of [...found, ...parameters.flat()]) tensor.dispose();
      scope.dispose();
      let next = 0;
      parameters = parameters.map((layer) => layer.map(() => updated[next++]!));
      const width = params_after_step.shape[1]!;
      parameters
        .flat()
        .flatMap((tensor) => [...tensor.dataSync()])
        .forEach((value, index) => {
          expect(Math.abs(value - params_after_step.data[step * width + index]!)).toBeLessThan(tolerance);
        });
    });
    for (const tensor of parameters.flat()) tensor.dispose();
    state.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('gradientDescent', () => {
  it.each([-0.1, 1, Number.NaN, 'fast'])('momentum = %j is refused by name', (momentum) => {
    expect(() => gradientDescent({ momentum: momentum as number })).toThrow(RangeError);
    expect(() => gradientDescent({ momentum: momentum as number })).toThrow('gradientDescent: momentum = ');
  });
});
