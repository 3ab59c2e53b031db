import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../randomness.ts';
import type { Json } from '../run.ts';
import type { TensorScope } from '../tensorScope.ts';
import type { GradientFactors, Layer, LayerTrace, ParameterDescription } from './layer.ts';

/** A network of layers for given numbers of inputs and outputs. */
export interface Network {
  readonly layers: readonly Layer[];
}

/** A model before it knows its task: how to build the network, and what to call it. */
export interface Model {
  readonly name: string;
  /** Its options as plain data, for the record of the run. */
  readonly description: Json;
  build(inputs: number, outputs: number): Network;
}

/** A forward pass: what every layer keeps of it. */
export interface Trace {
  readonly layers: readonly LayerTrace[];
  /** `[n, c]` */
  readonly outputs: tf.Tensor2D;
}

/** Parameter tensors by layer. */
export type Parameters = readonly (readonly tf.Tensor[])[];

export function parameterDescriptions(network: Network): ParameterDescription[] {
  return network.layers.flatMap((layer) => layer.parameters);
}

/** Initial parameters of a seed; each tensor has its own random stream, so that one does not shift the next. */
export function initialParameters(network: Network, seed: number): tf.Tensor[][] {
  return network.layers.map((layer) =>
    layer.parameters.map((parameter) =>
      tf.keep(tf.tensor(parameter.initialise(randomStream(seed, 'parameters', parameter.name)), [...parameter.shape])),
    ),
  );
}

export function forward(network: Network, parameters: Parameters, inputs: tf.Tensor2D, scope: TensorScope): Trace {
  let outputs = inputs;
  const layers = network.layers.map((layer, index) => {
    const trace = layer.forward(parameters[index]!, outputs, scope);
    outputs = trace.output;
    return trace;
  });
  return { layers, outputs };
}

/**
 * Sensitivities of every output to every pre-activation, one tensor `[n c, width]` a layer, sample-major
 * and output-minor; null for the last layer, where they are the identity for each sample.
 */
export function sensitivities(
  network: Network,
  parameters: Parameters,
  trace: Trace,
  scope: TensorScope,
): (tf.Tensor2D | null)[] {
  const { layers } = network;
  const last = layers.length - 1;
  const found: (tf.Tensor2D | null)[] = new Array(layers.length).fill(null);
  for (let index = last - 1; index >= 0; index--) {
    const above = found[index + 1];
    const slope = trace.layers[index]!.slope();
    found[index] = scope.own(() => {
      if (above === null || above === undefined) {
        return perSample(layers[last]!.inputOfOutputs(parameters[last]!), slope, trace.outputs.shape[0]);
      }
      return timesSlope(layers[index + 1]!.toInput(parameters[index + 1]!, above), slope);
    });
  }
  return found;
}

/** Rows `[c, m]` that every sample shares, times each sample's slope `[n, m]`: `[n c, m]`. */
function perSample(rows: tf.Tensor2D, slope: tf.Tensor2D | null, samples: number): tf.Tensor2D {
  const [outputs, width] = rows.shape;
  if (slope === null) return tf.tile(rows, [samples, 1]);
  if (outputs === 1) return tf.mul(slope, rows);
  const product = tf.mul(tf.reshape(slope, [samples, 1, width]), tf.reshape(rows, [1, outputs, width]));
  return tf.reshape(product, [samples * outputs, width]);
}

/** Sensitivities of the output of a layer to those of its pre-activation. */
function timesSlope(sensitivity: tf.Tensor2D, slope: tf.Tensor2D | null): tf.Tensor2D {
  if (slope === null) return sensitivity;
  const [rows, width] = sensitivity.shape;
  const samples = slope.shape[0];
  if (rows === samples) return tf.mul(sensitivity, slope);
  const product = tf.mul(
    tf.reshape(sensitivity, [samples, rows / samples, width]),
    tf.reshape(slope, [samples, 1, width]),
  );
  return tf.reshape(product, [rows, width]);
}

/**
 * Gradients of a loss by layer and parameter, from its derivative in the outputs, `[n, c]`. With one
 * output, sensitivities that a probe has already computed serve again: only their rows are weighted.
 * The caller disposes of them.
 */
export function gradients(
  network: Network,
  parameters: Parameters,
  trace: Trace,
  outputGradient: tf.Tensor2D,
  known?: readonly (tf.Tensor2D | null)[],
): tf.Tensor[][] {
  const found: tf.Tensor[][] = new Array(network.layers.length);
  backward(network, parameters, trace, outputGradient, known, (index, sensitivity, weights) => {
    found[index] = trace.layers[index]!.gradients(sensitivity, weights);
  });
  return found;
}

/** {@link gradients}, and the factors of those that are products, null for the others. The caller disposes of both. */
export function factoredGradients(
  network: Network,
  parameters: Parameters,
  trace: Trace,
  outputGradient: tf.Tensor2D,
  known?: readonly (tf.Tensor2D | null)[],
): { readonly gradients: tf.Tensor[][]; readonly factors: (GradientFactors | null)[][] } {
  const found: tf.Tensor[][] = new Array(network.layers.length);
  const factors: (GradientFactors | null)[][] = new Array(network.layers.length);
  backward(network, parameters, trace, outputGradient, known, (index, sensitivity, weights) => {
    const layer = trace.layers[index]!;
    found[index] = layer.gradients(sensitivity, weights);
    factors[index] = layer.factors?.(sensitivity, weights) ?? found[index].map(() => null);
  });
  return { gradients: found, factors };
}

/** Shows every layer the sensitivities of the loss, or those of the one output with the weights of their rows. */
function backward(
  network: Network,
  parameters: Parameters,
  trace: Trace,
  outputGradient: tf.Tensor2D,
  known: readonly (tf.Tensor2D | null)[] | undefined,
  visit: (index: number, sensitivity: tf.Tensor2D, weights?: tf.Tensor2D) => void,
): void {
  const { layers } = network;
  if (known !== undefined && outputGradient.shape[1] === 1) {
    for (let index = 0; index < layers.length; index++) {
      const sensitivity = known[index];
      if (sensitivity === null || sensitivity === undefined) visit(index, outputGradient);
      else visit(index, sensitivity, outputGradient);
    }
    return;
  }
  let sensitivity = outputGradient;
  for (let index = layers.length - 1; index >= 0; index--) {
    visit(index, sensitivity);
    const below = index > 0 ? trace.layers[index - 1]!.slope() : null;
    const next =
      index > 0 ? tf.tidy(() => timesSlope(layers[index]!.toInput(parameters[index]!, sensitivity), below)) : null;
    if (sensitivity !== outputGradient) sensitivity.dispose();
    if (next !== null) sensitivity = next;
  }
}
