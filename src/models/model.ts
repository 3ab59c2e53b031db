import * as tf from '@tensorflow/tfjs-core';
import { randomStream } from '../randomness.ts';
import type { Json } from '../run.ts';
import type { ImageShape } from '../tasks/task.ts';
import type { TensorScope } from '../tensorScope.ts';
import { forwardThrough, pushThrough, timesSlope } from './chain.ts';
import type { GradientFactors, Layer, LayerTrace, ParameterDescription, Sensitivity } from './layer.ts';
import { undefinedForBatches } from './layerState.ts';

/** A network of layers for given numbers of inputs and outputs. */
export interface Network {
  readonly layers: readonly Layer[];
}

/** A model before it knows its task: how to build the network, and what to call it. */
export interface Model {
  readonly name: string;
  /** Its options as plain data, for the record of the run. */
  readonly description: Json;
  /**
   * @param image how the inputs lie, for tasks of images
   * @throws {RangeError} naming what the model needs and the task does not have.
   */
  build(inputs: number, outputs: number, image?: ImageShape): Network;
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
  const layers = forwardThrough(network.layers, parameters, inputs, scope);
  return { layers, outputs: layers.at(-1)!.output };
}

/**
 * Sensitivities of every output to every pre-activation, one tensor `[n c, width]` a layer.
 * @throws {UndefinedProbeError} where a layer couples the samples.
 */
export function sensitivities(trace: Trace, scope: TensorScope): Sensitivity[] {
  if (trace.layers.some(({ couplesSamples }) => couplesSamples)) throw undefinedForBatches();
  const last = trace.layers.length - 1;
  const found: Sensitivity[] = new Array(trace.layers.length).fill(null);
  for (let index = last - 1; index >= 0; index--) {
    const above = trace.layers[index + 1]!;
    const slope = trace.layers[index]!.slope();
    found[index] = scope.own(() => {
      const sensitivity = found[index + 1] ?? null;
      if (sensitivity !== null) return timesSlope(above.toInput(sensitivity), slope);
      if (above.inputOfOutputs !== undefined) return perSample(above.inputOfOutputs(), slope, trace.outputs.shape[0]);
      return timesSlope(above.toInput(identityForEachSample(trace)), slope);
    });
  }
  return found;
}

/** Derivatives of every output in the inputs, `[n c, d]`, from the sensitivities of the first layer. Runs inside a tidy. */
export function inputSensitivities(trace: Trace, ofFirst: Sensitivity): tf.Tensor2D {
  const first = trace.layers[0]!;
  if (ofFirst !== null) return first.toInput(ofFirst);
  if (first.inputOfOutputs !== undefined) return tf.tile(first.inputOfOutputs(), [trace.outputs.shape[0], 1]);
  return first.toInput(identityForEachSample(trace));
}

/** Sensitivities of the outputs to themselves, `[n c, c]`. */
export function identityForEachSample({ outputs }: Trace): tf.Tensor2D {
  const [samples, count] = outputs.shape;
  return tf.tile(tf.eye(count), [samples, 1]);
}

/**
 * Change of the outputs, `[n, c]`, to first order where the parameters change by `tangents`, shaped like them and in
 * layers like them: J v without J. The caller disposes of it.
 */
export function pushForward(trace: Trace, tangents: Parameters): tf.Tensor2D {
  return tf.tidy(() => pushThrough(trace.layers, tangents, null));
}

/** Sensitivities of a layer's output to those of its pre-activation, a row a sample. Runs inside a tidy. */
function toPreactivation(layer: LayerTrace, sensitivity: tf.Tensor2D): tf.Tensor2D {
  return layer.toPreactivation?.(sensitivity) ?? timesSlope(sensitivity, layer.slope());
}

/** Rows `[c, m]` that every sample shares, times each sample's slope `[n, m]`: `[n c, m]`. */
function perSample(rows: tf.Tensor2D, slope: tf.Tensor2D | null, samples: number): tf.Tensor2D {
  const [outputs, width] = rows.shape;
  if (slope === null) return tf.tile(rows, [samples, 1]);
  if (outputs === 1) return tf.mul(slope, rows);
  const product = tf.mul(tf.reshape(slope, [samples, 1, width]), tf.reshape(rows, [1, outputs, width]));
  return tf.reshape(product, [samples * outputs, width]);
}

/**
 * Gradients of a loss by layer and parameter, from its derivative in the outputs, `[n, c]`. With one
 * output, sensitivities that a probe has already computed serve again: only their rows are weighted.
 * The caller disposes of them.
 */
export function gradients(trace: Trace, outputGradient: tf.Tensor2D, known?: readonly Sensitivity[]): tf.Tensor[][] {
  const found: tf.Tensor[][] = new Array(trace.layers.length);
  backward(trace, outputGradient, known, (index, sensitivity, weights) => {
    found[index] = trace.layers[index]!.gradients(sensitivity, weights);
  });
  return found;
}

/** {@link gradients}, and the factors of those that are products, null for the others. The caller disposes of both. */
export function factoredGradients(
  trace: Trace,
  outputGradient: tf.Tensor2D,
  known?: readonly Sensitivity[],
): { readonly gradients: tf.Tensor[][]; readonly factors: (GradientFactors | null)[][] } {
  const found: tf.Tensor[][] = new Array(trace.layers.length);
  const factors: (GradientFactors | null)[][] = new Array(trace.layers.length);
  backward(trace, outputGradient, known, (index, sensitivity, weights) => {
    const layer = trace.layers[index]!;
    found[index] = layer.gradients(sensitivity, weights);
    factors[index] = layer.factors?.(sensitivity, weights) ?? found[index].map(() => null);
  });
  return { gradients: found, factors };
}

/** Shows every layer the sensitivities of the loss, or those of the one output with the weights of their rows. */
export function backward(
  trace: Trace,
  outputGradient: tf.Tensor2D,
  known: readonly Sensitivity[] | undefined,
  visit: (index: number, sensitivity: tf.Tensor2D, weights?: tf.Tensor2D) => void,
): void {
  const { layers } = trace;
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
    const next =
      index > 0 ? tf.tidy(() => toPreactivation(layers[index - 1]!, layers[index]!.toInput(sensitivity))) : null;
    if (sensitivity !== outputGradient) sensitivity.dispose();
    if (next !== null) sensitivity = next;
  }
}
