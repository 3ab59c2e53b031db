import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../randomness.ts';
import type { Json } from '../run.ts';
import type { TensorScope } from '../tensorScope.ts';
import type { Layer, LayerTrace, ParameterDescription } from './layer.ts';

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
  const { layers } = network;
  if (known !== undefined && outputGradient.shape[1] === 1) {
    return layers.map((_, index) => {
      const sensitivity = known[index];
      const layer = trace.layers[index]!;
      return sensitivity === null || sensitivity === undefined
        ? layer.gradients(outputGradient)
        : layer.gradients(sensitivity, outputGradient);
    });
  }
  const found: tf.Tensor[][] = new Array(layers.length);
  let sensitivity = outputGradient;
  for (let index = layers.length - 1; index >= 0; index--) {
    found[index] = trace.layers[index]!.gradients(sensitivity);
    const below = index > 0 ? trace.layers[index - 1]!.slope() : null;
    const next =
      index > 0 ? tf.tidy(() => timesSlope(layers[index]!.toInput(parameters[index]!, sensitivity), below)) : null;
    if (sensitivity !== outputGradient) sensitivity.dispose();
    if (next !== null) sensitivity = next;
  }
  return found;
}
