import * as tf from '@tensorflow/tfjs-core';
import { type KernelDerivative, summedTo } from './kernelDerivative.ts';

/** An elementwise kernel of `x`, by what its slope is multiplied with, made from x. */
const ofInput = (factor: (x: tf.Tensor) => tf.Tensor): KernelDerivative => ({
  inputs: ['x'],
  derivative: (slope, [x]) => ({ x: () => tf.mul(slope, factor(x!)) }),
});

/** The same from the output. */
const ofOutput = (factor: (y: tf.Tensor) => tf.Tensor): KernelDerivative => ({
  outputs: [true],
  derivative: (slope, [y]) => ({ x: () => tf.mul(slope, factor(y!)) }),
});

const elementwisePair = (
  left: (slope: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  right: (slope: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): KernelDerivative => ({
  inputs: ['a', 'b'],
  derivative: (slope, [a, b]) => ({
    a: () => summedTo(left(slope, a!, b!), a!.shape),
    b: () => summedTo(right(slope, a!, b!), b!.shape),
  }),
});

/** Of the kernels that work number by number, broadcasting where they have two inputs. */
export const elementwiseDerivatives: Readonly<Record<string, KernelDerivative>> = {
  Identity: { derivative: (slope) => ({ x: () => tf.clone(slope) }) },
  Cast: { derivative: (slope) => ({ x: () => tf.cast(slope, 'float32') }) },
  Step: ofInput((x) => tf.zerosLike(x)),
  Neg: ofInput((x) => tf.fill(x.shape, -1)),
  Square: ofInput((x) => tf.mul(2, x)),
  Sqrt: ofOutput((y) => tf.div(0.5, y)),
  Rsqrt: ofInput((x) => tf.div(-0.5, tf.mul(x, tf.sqrt(x)))),
  Reciprocal: ofOutput((y) => tf.neg(tf.square(y))),
  Exp: ofOutput((y) => y),
  Log: ofInput((x) => tf.reciprocal(x)),
  Abs: ofInput((x) => tf.sign(x)),
  Relu: ofInput((x) => tf.step(x)),
  Tanh: ofOutput((y) => tf.sub(1, tf.square(y))),
  Sigmoid: ofOutput((y) => tf.mul(y, tf.sub(1, y))),
  Erf: ofInput((x) => tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x))))),
  Add: elementwisePair(
    (slope) => slope,
    (slope) => slope,
  ),
  Sub: elementwisePair(
    (slope) => slope,
    (slope) => tf.neg(slope),
  ),
  Multiply: elementwisePair(
    (slope, _, b) => tf.mul(slope, b),
    (slope, a) => tf.mul(slope, a),
  ),
  RealDiv: elementwisePair(
    (slope, _, b) => tf.div(slope, b),
    (slope, a, b) => tf.neg(tf.div(tf.mul(slope, a), tf.square(b))),
  ),
  SquaredDifference: elementwisePair(
    (slope, a, b) => tf.mul(slope, tf.mul(2, tf.sub(a, b))),
    (slope, a, b) => tf.mul(slope, tf.mul(2, tf.sub(b, a))),
  ),
  Pow: elementwisePair(
    (slope, a, b) => tf.mul(slope, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    (slope, a, b) => tf.mul(slope, tf.mul(tf.pow(a, b), tf.where(tf.greater(a, 0), tf.log(a), tf.zerosLike(a)))),
  ),
  Select: {
    inputs: ['condition'],
    derivative: (slope, [condition]) => ({
      condition: () => tf.zerosLike(tf.cast(condition!, 'float32')),
      t: () => tf.mul(slope, tf.cast(condition!, 'float32')),
      e: () => tf.mul(slope, tf.cast(tf.logicalNot(condition!), 'float32')),
    }),
  },
};
