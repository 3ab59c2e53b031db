import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { forward, pushForward } from '../models/model.ts';
import { UndefinedProbeError } from '../probe.ts';
import { TensorScope } from '../tensorScope.ts';
import { registerKernelGradients } from './kernelGradients.ts';
import { outputGradient } from './lossGradients.ts';
import { type OutputCurvature, outputCurvature } from './outputCurvature.ts';
import { parameterCount, shapedLikeParameters } from './parameterVectors.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * H v, the exact Hessian of the loss in all P parameters times a direction, to float32 rounding: the gradient of the
 * directional derivative (Pearlmutter 1994, Neural Computation 6, section 3). With f the outputs, g and C the loss's
 * derivative and curvature in them, H v is the gradient of <g, J v> + <C J v, f> with g and C J v held constant: J v
 * is what the layers push forward, and one automatic backward pass goes through that and the forward pass. Of relu it
 * is the Hessian of the linear region that the parameters are in.
 *
 * Cost: some three gradients.
 * @throws {UndefinedProbeError} naming the kernel that has no derivative.
 * @throws {RangeError} unless the direction has P numbers.
 */
export function hessianProduct(lens: WorkingLens, direction: Float32Array): Eventual<Float32Array> {
  const expected = parameterCount(lens.subject.network);
  if (direction.length !== expected) {
    throw new RangeError(`hessianProduct: the direction has ${direction.length} numbers: expected ${expected}`);
  }
  return whenBoth(lens.predictions(), outputCurvature(lens), (predictions, curvature) => {
    const product = tf.tidy(() => derivative(lens, direction, predictions, curvature));
    return whenReady(read(product), (values) => {
      product.dispose();
      return values;
    });
  });
}

/** Runs inside a tidy. */
function derivative(
  lens: WorkingLens,
  direction: Float32Array,
  predictions: Float32Array,
  curvature: OutputCurvature,
): tf.Tensor1D {
  registerKernelGradients();
  const { network } = lens.subject;
  const scope = new TensorScope();
  const tangents = shapedLikeParameters(network, direction);
  const byOutput = outputGradient(lens, predictions);
  const slope = (...parameters: tf.Tensor[]): tf.Scalar => {
    let next = 0;
    const byLayer = network.layers.map((layer) => layer.parameters.map(() => parameters[next++]!));
    const trace = forward(network, byLayer, lens.samples.inputs, scope);
    const change = pushForward(trace, tangents);
    const ofLoss = tf.sum(tf.mul(byOutput, change));
    return tf.add(ofLoss, tf.sum(tf.mul(constant(curvature.times(constant(change))), trace.outputs)));
  };
  try {
    const found = tf.grads(slope)(lens.parameters.flat());
    return tf.concat1d(found.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D));
  } catch (error) {
    const missing = /gradient function not found for (\w+)/.exec((error as Error).message);
    if (missing === null) throw error;
    throw new UndefinedProbeError('hessian', `a layer of the model uses ${missing[1]}, whose derivative is not known`);
  } finally {
    scope.dispose();
  }
}

/** The same numbers, of which nothing is a function. */
function constant(tensor: tf.Tensor2D): tf.Tensor2D {
  return held(tensor) as tf.Tensor2D;
}

const held = tf.customGrad((tensor) => ({
  value: (tensor as tf.Tensor).clone(),
  gradFunc: (slope: tf.Tensor) => tf.zerosLike(slope),
}));
