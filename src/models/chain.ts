import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import type { Layer, LayerTrace } from './layer.ts';

/** Layers one after the other, forward. */
export function forwardThrough(
  layers: readonly Layer[],
  parameters: readonly (readonly tf.Tensor[])[],
  inputs: tf.Tensor2D,
  scope: TensorScope,
): LayerTrace[] {
  let seen = inputs;
  return layers.map((layer, index) => {
    const trace = layer.forward(parameters[index]!, seen, scope);
    seen = trace.output;
    return trace;
  });
}

/**
 * Sensitivities of each layer's pre-activation, `[rows, width]`, from those of the last layer's output. They belong to
 * `scope`.
 */
export function sensitivitiesThrough(
  layers: readonly LayerTrace[],
  ofOutput: tf.Tensor2D,
  scope: TensorScope,
): tf.Tensor2D[] {
  const found: tf.Tensor2D[] = new Array(layers.length);
  for (let index = layers.length - 1; index >= 0; index--) {
    const above = found[index + 1];
    const slope = layers[index]!.slope();
    found[index] = scope.own(() =>
      above === undefined
        ? timesSlope(tf.clone(ofOutput), slope)
        : timesSlope(layers[index + 1]!.toInput(above), slope),
    );
  }
  return found;
}

/** Change of the last layer's output to first order, where the input changes by `input` (null: not at all). Runs inside a tidy. */
export function pushThrough(
  layers: readonly LayerTrace[],
  tangents: readonly (readonly tf.Tensor[])[] | null,
  input: tf.Tensor2D | null,
): tf.Tensor2D {
  let change = input;
  layers.forEach((layer, index) => {
    const own = tangents?.[index] ?? [];
    const ofPreactivation = layer.pushForward(own.length === 0 ? null : own, change);
    const slope = layer.slope();
    change = slope === null ? ofPreactivation : tf.mul(ofPreactivation, slope);
  });
  return change!;
}

/** Sensitivities of the output of a layer, `[n, width]` or `[n c, width]`, to those of its pre-activation. */
export function timesSlope(sensitivity: tf.Tensor2D, slope: tf.Tensor2D | null): tf.Tensor2D {
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
