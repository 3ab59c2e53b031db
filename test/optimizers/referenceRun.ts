import * as tf from '@tensorflow/tfjs-core';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { mlp } from '../../src/models/mlp.ts';
import { forward, gradients } from '../../src/models/model.ts';
import type { Optimizer, OptimizerRun, OptimizerState } from '../../src/optimizers/optimizer.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import type { ReferenceTensor } from '../reference/reference.ts';
import { reference } from './referenceOptimizers.ts';

const { problem } = reference;
const network = mlp({ widths: [4], activation: 'tanh', parameterization: 'standard' }).build(3, 2);

/** The parameters of the reference problem as an optimizer is told of them. */
export const referenceRun: OptimizerRun = {
  parameters: network.layers.flatMap((layer, group) =>
    layer.parameters.map(({ name, shape }) => ({ name, shape, group })),
  ),
  batchSize: 4,
};

export function initialParameters(): tf.Tensor[] {
  return referenceRun.parameters.map(({ name, shape }) => tf.tensor([...problem.params[name]!.data], [...shape]));
}

function rowsOf({ shape, data }: ReferenceTensor, rows: readonly number[]): Float32Array {
  const width = shape[1]!;
  return Float32Array.from(rows.flatMap((row) => data.slice(row * width, (row + 1) * width)));
}

/** Gradients of the mean loss over some rows of the reference problem. */
export function gradientsOf(parameters: readonly tf.Tensor[], rows: readonly number[]): tf.Tensor[] {
  const scope = new TensorScope();
  const inputs = scope.own(() => tf.tensor2d(rowsOf(problem.X, rows), [rows.length, 3]));
  const byLayer = [parameters.slice(0, 2), parameters.slice(2)];
  const trace = forward(network, byLayer, inputs, scope);
  const outputs = trace.outputs.dataSync() as Float32Array;
  const outputGradient = scope.own(() =>
    tf.tensor2d(squareLoss.outputGradient(outputs, rowsOf(problem.Y, rows), rows.length), [rows.length, 2]),
  );
  const found = gradients(trace, outputGradient).flat();
  scope.dispose();
  return found;
}

const everyRow = Array.from({ length: problem.X.shape[0]! }, (_, row) => row);

/** One step on batch number `step`; disposes of the old parameters. */
export async function takeStep(
  state: OptimizerState,
  parameters: tf.Tensor[],
  step: number,
  learningRate: number,
): Promise<tf.Tensor[]> {
  const rows = problem.batches[step % problem.batches.length]!;
  const found = gradientsOf(parameters, rows);
  const updated = await state.update({
    parameters,
    gradients: found,
    learningRate,
    gradientsAt: (elsewhere, samples) => gradientsOf(elsewhere, samples === 'train' ? everyRow : rows),
  });
  tf.dispose([...found, ...parameters]);
  return updated;
}

export function numbersOf(tensors: readonly tf.Tensor[]): number[] {
  return tensors.flatMap((tensor) => [...tensor.dataSync()]);
}

/** The parameters after each of some steps from the initial ones, flattened. */
export async function trajectory(optimizer: Optimizer, learningRate: number, steps = 12): Promise<number[][]> {
  const state = optimizer.start(referenceRun);
  let parameters = initialParameters();
  const path: number[][] = [];
  for (let step = 0; step < steps; step++) {
    parameters = await takeStep(state, parameters, step, learningRate);
    path.push(numbersOf(parameters));
  }
  tf.dispose(parameters);
  state.dispose();
  return path;
}

/** Largest difference of two trajectories. */
export function distance(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  return Math.max(...one.flatMap((row, step) => row.map((value, index) => Math.abs(value - other[step]![index]!))));
}
