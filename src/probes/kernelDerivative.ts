import * as tf from '@tensorflow/tfjs-core';

/** What the derivative of a kernel is given: the slope of its output, its saved inputs and outputs, its attributes. */
export type Derivative = (slope: tf.Tensor, saved: tf.Tensor[], attributes: Attributes) => Slopes;

/** The slopes of the inputs, by name. */
export type Slopes = Record<string, () => tf.Tensor>;

/** The attributes that some kernel has; each derivative reads those of its own. */
export interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly perm: number[];
  readonly axis: number | number[];
  readonly dim: number;
  readonly reps: number[];
  readonly begin: number | number[];
  readonly paddings: [number, number][];
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export interface KernelDerivative {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly boolean[];
  /** `saved` holds the inputs named, in that order, then the outputs. */
  readonly derivative: Derivative;
}

/** Sums over the axes along which a tensor of `shape` was repeated. */
export function summedTo(slope: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, slope.shape);
  const sum = axes.length > 0 ? tf.sum(slope, axes) : slope;
  return tf.reshape(sum, shape);
}
