import * as tf from '@tensorflow/tfjs-core';
import type { TensorScope } from '../tensorScope.ts';
import { forwardThrough, pushThrough, sensitivitiesThrough } from './chain.ts';
import type { Layer, LayerTrace, Sensitivity } from './layer.ts';
import { sensitivityRows } from './rowKernel.ts';
import { sumOneByOne } from './sumOneByOne.ts';

/**
 * A residual connection: output = x + f(x), f the given layers one after the other.
 * Source: He et al. 2016 (arXiv 1512.03385), equation 1.
 * @throws {RangeError} when f does not keep the number of activations, or has a layer that normalises by the batch.
 */
export function residual(layers: readonly Layer[]): Layer {
  const inputs = layers[0]?.inputs;
  const outputs = layers.at(-1)?.outputs;
  if (inputs === undefined || outputs === undefined || inputs !== outputs) {
    throw new RangeError(`residual: layers from ${inputs} to ${outputs} activations: expected as many out as in`);
  }
  if (layers.some(({ state }) => state !== undefined)) {
    throw new RangeError('residual: a layer that normalises by the batch: expected none inside');
  }
  return {
    inputs,
    outputs,
    parameters: layers.flatMap((layer, index) =>
      layer.parameters.map((parameter) => ({ ...parameter, group: `${index} ${parameter.group ?? ''}` })),
    ),
    forward: (parameters, input, scope) => new ResidualTrace(layers, parameters, input, scope),
  };
}

class ResidualTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly output: tf.Tensor2D;
  readonly #layers: readonly Layer[];
  readonly #inner: readonly LayerTrace[];
  readonly #scope: TensorScope;
  /** What backward passes found inside, by the sensitivities they started from: gradients and kernel share it. */
  readonly #found = new WeakMap<tf.Tensor, tf.Tensor2D[]>();

  constructor(layers: readonly Layer[], parameters: readonly tf.Tensor[], input: tf.Tensor2D, scope: TensorScope) {
    this.input = input;
    this.#layers = layers;
    this.#scope = scope;
    this.#inner = forwardThrough(layers, this.#byLayer(parameters), input, scope);
    this.output = scope.own((): tf.Tensor2D => tf.add(input, this.#inner.at(-1)!.output));
  }

  slope(): null {
    return null;
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.add(sensitivity, this.#inner[0]!.toInput(this.#inside(sensitivity)[0]!)));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const change = pushThrough(this.#inner, parameters === null ? null : this.#byLayer(parameters), input);
      return input === null ? change : tf.add(input, change);
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    const inside = this.#inside(sensitivity);
    return this.#inner.flatMap((layer, index) => layer.gradients(inside[index]!, weights));
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    const inside = this.#inside(sensitivity);
    return this.#inner.flatMap((layer, index) => layer.rowGradients(inside[index]!));
  }

  kernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D | null {
    return this.#sum(sensitivity, outputs, (layer, inside) => layer.kernel(inside, outputs));
  }

  outputSummedKernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D | null {
    return this.#sum(sensitivity, outputs, (layer, inside) => layer.outputSummedKernel(inside, outputs));
  }

  #sum(
    sensitivity: Sensitivity,
    outputs: number,
    kernelOf: (layer: LayerTrace, inside: tf.Tensor2D) => tf.Tensor2D | null,
  ): tf.Tensor2D | null {
    if (this.#layers.every((layer) => layer.parameters.length === 0)) return null;
    return tf.tidy(() => {
      const inside = this.#inside(sensitivityRows(sensitivity, this.input.shape[0], outputs));
      return sumOneByOne(this.#inner.map((layer, index) => () => kernelOf(layer, inside[index]!)))!;
    });
  }

  #inside(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    let found = this.#found.get(sensitivity);
    if (found === undefined) {
      found = sensitivitiesThrough(this.#inner, sensitivity, this.#scope);
      this.#found.set(sensitivity, found);
    }
    return found;
  }

  #byLayer(flat: readonly tf.Tensor[]): tf.Tensor[][] {
    let next = 0;
    return this.#layers.map((layer) => layer.parameters.map(() => flat[next++]!));
  }
}
