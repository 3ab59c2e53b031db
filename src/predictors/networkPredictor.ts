import * as tf from '@tensorflow/tfjs-core';
import { symmetricSolve } from '../linalg/symmetricSolve.ts';
import { forward, initialParameters, type Model, sensitivities } from '../models/model.ts';
import type { TaskData } from '../tasks/task.ts';
import { TensorScope } from '../tensorScope.ts';
import { kernelSupportVectorMachine } from './kernelSupportVectorMachine.ts';
import type { Predictor } from './predictor.ts';

/**
 * Ridge of the least-squares predictor, as a share of the kernel's mean diagonal: kernels of few features are singular,
 * and float32 leaves them slightly indefinite.
 */
const ridge = 1e-4;

/**
 * Where a network of large initialisation is early: the kernel predictor of its tangent kernel at initialisation. With
 * one output, the change of least norm with which every training sample has a margin of at least 1; with several, where
 * the kernel is taken as the same for every output, the least-squares predictor of the one-hot targets. Its values are
 * the predictions on the test set, `n * c` numbers.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), theorem 3.1.
 * @param seed that of the run, so that the network begins with the same parameters
 */
export async function networkPredictor(model: Model, data: TaskData, seed: number): Promise<Predictor> {
  const { train, test } = data;
  const { outputs } = train;
  const { kernel, predictions } = await atInitialisation(model, data, seed);
  const size = train.size + test.size;
  const own = new Float64Array(train.size * train.size);
  for (let i = 0; i < train.size; i++) {
    for (let j = 0; j < train.size; j++) own[i * train.size + j] = kernel[i * size + j]! / outputs;
  }
  const weights =
    outputs === 1 ? marginWeights(own, train.targets, predictions) : leastSquaresWeights(own, data, predictions);
  const values = Float64Array.from(predictions.subarray(train.size * outputs));
  for (let i = 0; i < test.size; i++) {
    for (let j = 0; j < train.size; j++) {
      const entry = kernel[(train.size + i) * size + j]! / outputs;
      for (let o = 0; o < outputs; o++) values[i * outputs + o]! += entry * weights[j * outputs + o]!;
    }
  }
  const name = outputs === 1 ? 'kernel SVM' : 'kernel least squares';
  return { name, values, testMetric: accuracy(values, test.targets, outputs) };
}

/** The tangent kernel summed over outputs and the outputs, on the training and then the test set. */
async function atInitialisation({ build }: Model, { train, test }: TaskData, seed: number) {
  const network = build(train.dimension, train.outputs, train.image);
  const scope = new TensorScope();
  const parameters = initialParameters(network, seed);
  try {
    const size = train.size + test.size;
    const both = new Float32Array(size * train.dimension);
    both.set(train.inputs);
    both.set(test.inputs, train.inputs.length);
    const inputs = scope.own(() => tf.tensor2d(both, [size, train.dimension]));
    const trace = forward(network, parameters, inputs, scope);
    const found = sensitivities(trace, scope);
    const terms = trace.layers.map(
      (layer, index) => () => layer.outputSummedKernel(found[index] ?? null, train.outputs),
    );
    const kernel = scope.own(() => tf.addN(terms.map((term) => term()).filter((term) => term !== null)));
    return {
      kernel: (await kernel.data()) as Float32Array,
      predictions: (await trace.outputs.data()) as Float32Array,
    };
  } finally {
    for (const parameter of parameters.flat()) parameter.dispose();
    scope.dispose();
  }
}

function marginWeights(kernel: Float64Array, signs: Float32Array, predictions: Float32Array): Float64Array {
  const offsets = predictions.subarray(0, signs.length);
  const { multipliers } = kernelSupportVectorMachine(kernel, signs, { offsets, tolerance: 1e-5 });
  return multipliers.map((multiplier, i) => multiplier * signs[i]!);
}

function leastSquaresWeights(kernel: Float64Array, { train }: TaskData, predictions: Float32Array): Float64Array {
  const { size, outputs, targets } = train;
  let trace = 0;
  for (let i = 0; i < size; i++) trace += kernel[i * size + i]!;
  for (let i = 0; i < size; i++) kernel[i * size + i]! += (ridge * trace) / size;
  const wanted = Float64Array.from(targets, (target, at) => target - 1 / outputs - predictions[at]!);
  return symmetricSolve(kernel, wanted, size);
}

function accuracy(values: Float64Array, targets: Float32Array, outputs: number): number {
  const size = targets.length / outputs;
  let right = 0;
  for (let i = 0; i < size; i++) {
    if (outputs === 1) right += values[i]! * targets[i]! > 0 ? 1 : 0;
    else right += largest(values, i * outputs, outputs) === largest(targets, i * outputs, outputs) ? 1 : 0;
  }
  return right / size;
}

function largest(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let o = 1; o < count; o++) if (values[start + o]! > values[start + best]!) best = o;
  return best;
}
