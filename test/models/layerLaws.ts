import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { LayerTrace, Sensitivity } from '../../src/models/layer.ts';
import {
  forward,
  gradients,
  initialParameters,
  inputSensitivities,
  type Network,
  pushForward,
  sensitivities,
} from '../../src/models/model.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';

/**
 * What every network must obey, whatever its layers are, checked at random parameters, inputs and directions:
 * each layer's backward, forward derivative, row gradients and kernel terms are those of one linear map, and that map
 * is the derivative of the outputs. All float32; `tolerance` is relative to the size of what is compared.
 */
export function checkNetworkLaws(network: Network, samples: number, seed: number, tolerance = 2e-5): void {
  const before = tf.memory().numTensors;
  const scope = new TensorScope();
  const parameters = initialParameters(network, seed);
  const stream = randomStream(seed, 'directions');
  const random = (shape: readonly number[]) =>
    scope.own(() =>
      tf.tensor(
        normalArray(
          stream,
          shape.reduce((size, length) => size * length, 1),
        ),
        [...shape],
      ),
    );
  // Biases start at 0, which hides mistakes.
  const moved = parameters.map((layer) =>
    layer.map((one) => scope.own(() => tf.add(one, tf.mul(0.3, random(one.shape))))),
  );
  const inputs = randomInputs(network, samples, random, scope);
  const trace = forward(network, moved, inputs, scope);
  const [, outputs] = trace.outputs.shape;
  const found = sensitivities(trace, scope);
  const directions = moved.map((layer) => layer.map((one) => random(one.shape)));
  const weights = random([samples, outputs]) as tf.Tensor2D;

  tf.tidy(() => {
    // <u, J v> = <J^T u, v>.
    const pushed = pushForward(trace, directions);
    const pulled = gradients(trace, weights).flat();
    const left = numberOf(tf.sum(tf.mul(weights, pushed)));
    const along = directions.flat();
    const right = pulled.reduce((sum, one, index) => sum + numberOf(tf.sum(tf.mul(one, along[index]!))), 0);
    // Either side is a sum that may cancel: its rounding is of the size of what is summed, not of the sum.
    const scale = Math.max(numberOf(tf.norm(weights)) * numberOf(tf.norm(pushed)), normOf(pulled) * normOf(along));
    expect(Math.abs(left - right)).toBeLessThanOrEqual(tolerance * (scale + 1e-3));

    // With one output, sensitivities already known give the same gradients.
    if (outputs === 1) expectNear(gradients(trace, weights, found).flat(), pulled, tolerance);

    for (const [index, layer] of trace.layers.entries()) checkLayer(layer, found[index]!, outputs, tolerance);

    // Row gradients of all layers, contracted with the directions, are the change of each output.
    const rows = trace.layers.flatMap((layer, index) =>
      layer.rowGradients(found[index] ?? identityRows(samples, outputs)),
    );
    const flat = directions.flat().map((one) => tf.reshape(one, [-1, 1]) as tf.Tensor2D);
    const change = tf.addN(rows.map((one, index) => tf.matMul(one, flat[index]!)));
    const terms = tf.addN(rows.map((one, index) => tf.matMul(tf.abs(one), tf.abs(flat[index]!))));
    expectNear([tf.reshape(change, [samples, outputs])], [pushed], tolerance, [terms]);

    // The derivatives in the inputs are those of a small step.
    const ofInputs = () => inputSensitivities(trace, found[0] ?? null);
    if (network.layers[0]!.indices === undefined)
      expect(ofInputs().shape).toEqual([samples * outputs, inputs.shape[1]]);
    else expect(ofInputs).toThrow(/its inputs are indices/);
  });
  for (const one of parameters.flat()) one.dispose();
  scope.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

/** Normal numbers, or indices for a first layer that looks something up. */
function randomInputs(
  { layers }: Network,
  samples: number,
  random: (shape: readonly number[]) => tf.Tensor,
  scope: TensorScope,
): tf.Tensor2D {
  const { inputs, indices } = layers[0]!;
  const normal = random([samples, inputs]) as tf.Tensor2D;
  return indices === undefined ? normal : scope.own(() => tf.mod(tf.floor(tf.mul(normal, 10)), indices));
}

function checkLayer(layer: LayerTrace, sensitivity: Sensitivity, outputs: number, tolerance: number): void {
  const [samples] = layer.input.shape;
  const rows = sensitivity ?? identityRows(samples, outputs);
  const ofRows = layer.rowGradients(rows);
  const kernel = layer.kernel(sensitivity, outputs);
  const summed = layer.outputSummedKernel(sensitivity, outputs);
  if (ofRows.length === 0) {
    expect(kernel).toBeNull();
    expect(summed).toBeNull();
    return;
  }
  const gram = tf.addN(ofRows.map((one) => tf.matMul(one, one, false, true)));
  expectNear([kernel!], [gram], tolerance);
  const blocks = tf.reshape(gram, [samples, outputs, samples, outputs]);
  const traces = tf.sum(tf.mul(blocks, tf.reshape(tf.eye(outputs), [1, outputs, 1, outputs])), [1, 3]);
  expectNear([summed!], [traces], tolerance);
  // Each row alone, and all rows of one output summed.
  const first = tf.gather(
    rows,
    Int32Array.from({ length: samples }, (_, sample) => sample * outputs),
  ) as tf.Tensor2D;
  const together = layer.gradients(first);
  const each = layer.rowGradients(first);
  const separate = each.map((one, index) => tf.reshape(tf.sum(one, 0), together[index]!.shape));
  // Rows may cancel: what is left of them is no better than they are large.
  expectNear(together, separate, tolerance, each);
  // Weighted rows.
  const weights = tf.reshape(tf.linspace(-1, 2, samples), [samples, 1]) as tf.Tensor2D;
  expectNear(layer.gradients(first, weights), layer.gradients(tf.mul(first, weights)), tolerance, each);
  if (layer.inputOfOutputs !== undefined) {
    const identity = tf.eye(layer.output.shape[1]!) as tf.Tensor2D;
    const tiled = tf.tile(identity, [samples, 1]) as tf.Tensor2D;
    expectNear([tf.tile(layer.inputOfOutputs(), [samples, 1])], [layer.toInput(tiled)], tolerance);
  }
}

function identityRows(samples: number, outputs: number): tf.Tensor2D {
  return tf.tile(tf.eye(outputs), [samples, 1]) as tf.Tensor2D;
}

function numberOf(tensor: tf.Tensor): number {
  return tensor.dataSync()[0]!;
}

/** The Euclidean norm of all of them together. */
function normOf(tensors: readonly tf.Tensor[]): number {
  return Math.hypot(...tensors.map((one) => numberOf(tf.norm(one))));
}

/** Within a tolerance relative to the largest entry, of `terms` too where what is compared is made of these. */
export function expectNear(
  found: readonly tf.Tensor[],
  expected: readonly tf.Tensor[],
  tolerance: number,
  terms: readonly tf.Tensor[] = [],
): void {
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  found.forEach((one, index) => {
    const values = Array.from(one.dataSync());
    const wanted = Array.from(expected[index]!.dataSync());
    const seen = [...wanted, ...(terms[index]?.dataSync() ?? [])];
    const scale = seen.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const worst = values.reduce((most, value, at) => Math.max(most, Math.abs(value - wanted[at]!)), 0);
    expect(worst / scale).toBeLessThanOrEqual(tolerance);
  });
}

/** The outputs' change by central differences of a float32 network, against `pushForward`: good to some 1e-3. */
export function checkAgainstDifferences(network: Network, samples: number, seed: number, tolerance = 5e-3): void {
  const scope = new TensorScope();
  const stream = randomStream(seed, 'differences');
  const parameters = initialParameters(network, seed);
  const random = (shape: readonly number[]) =>
    scope.own(() =>
      tf.tensor(
        normalArray(
          stream,
          shape.reduce((size, length) => size * length, 1),
        ),
        [...shape],
      ),
    );
  const inputs = randomInputs(network, samples, random, scope);
  const directions = parameters.map((layer) => layer.map((one) => random(one.shape)));
  tf.tidy(() => {
    const h = 1e-3;
    const at = (factor: number) =>
      forward(
        network,
        parameters.map((layer, index) => layer.map((one, at) => tf.add(one, tf.mul(factor, directions[index]![at]!)))),
        inputs,
        scope,
      ).outputs;
    const difference = tf.div(tf.sub(at(h), at(-h)), 2 * h);
    const pushed = pushForward(forward(network, parameters, inputs, scope), directions);
    expectNear([pushed], [difference], tolerance);
  });
  for (const one of parameters.flat()) one.dispose();
  scope.dispose();
}
