import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, type KernelDerivative, summedTo } from './kernelDerivative.ts';

/** Of matrix products, convolutions and what else couples numbers with one another. */
export const productDerivatives: Readonly<Record<string, KernelDerivative>> = {
  BatchMatMul: {
    inputs: ['a', 'b'],
    derivative: (slope, [a, b], { transposeA, transposeB }) => ({
      a: () =>
        summedTo(
          transposeA ? tf.matMul(b!, slope, transposeB, true) : tf.matMul(slope, b!, false, !transposeB),
          a!.shape,
        ),
      b: () =>
        summedTo(
          transposeB ? tf.matMul(slope, a!, true, transposeA) : tf.matMul(a!, slope, !transposeA, false),
          b!.shape,
        ),
    }),
  },
  Softmax: {
    outputs: [true],
    derivative: (slope, [y], { dim }) => ({
      logits: () => tf.mul(y!, tf.sub(slope, tf.sum(tf.mul(slope, y!), dim, true))),
    }),
  },
  Conv2D: {
    inputs: ['x', 'filter'],
    derivative: (slope, [x, filter], attributes) => ({
      x: () => inputSlope(slope, filter!, x!.shape, attributes),
      filter: () => filterSlope(x!, slope, filter!.shape, attributes),
    }),
  },
  Conv2DBackpropInput: {
    inputs: ['dy', 'filter'],
    derivative: (slope, [dy, filter], attributes) => ({
      dy: () => convolved(slope, filter!, attributes),
      filter: () => filterSlope(slope, dy!, filter!.shape, attributes),
    }),
  },
  // Linear in x and dy: their slopes are the other two of the three products of a convolution.
  Conv2DBackpropFilter: {
    inputs: ['x', 'dy'],
    derivative: (slope, [x, dy], attributes) => ({
      x: () => inputSlope(dy!, slope, x!.shape, attributes),
      dy: () => convolved(x!, slope, attributes),
    }),
  },
};

function convolved(
  x: tf.Tensor,
  filter: tf.Tensor,
  { strides, pad, dataFormat, dimRoundingMode }: Attributes,
): tf.Tensor {
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, dataFormat, 1, dimRoundingMode);
}

function inputSlope(slope: tf.Tensor, filter: tf.Tensor, shape: number[], attributes: Attributes): tf.Tensor {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  return tf.engine().runKernel('Conv2DBackpropInput', { dy: slope, filter }, {
    strides,
    pad,
    dataFormat,
    dimRoundingMode,
    inputShape: shape,
  } as unknown as tf.NamedAttrMap);
}

function filterSlope(x: tf.Tensor, slope: tf.Tensor, shape: number[], attributes: Attributes): tf.Tensor {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy: slope }, {
    strides,
    pad,
    dataFormat,
    dimRoundingMode,
    filterShape: shape,
  } as unknown as tf.NamedAttrMap);
}
