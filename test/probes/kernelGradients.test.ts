import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { registerKernelGradients } from '../../src/probes/kernelGradients.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';

type Case = readonly [name: string, shapes: readonly number[][], apply: (...inputs: tf.Tensor[]) => tf.Tensor];

const conv = { strides: [2, 1] as [number, number], pad: 'same' as const };

/** Every kernel that is given a derivative, in an expression of it that is smooth near its inputs, which are positive. */
const cases: readonly Case[] = [
  ['Identity', [[3]], (x) => tf.clone(x!)],
  ['Neg', [[3]], (x) => tf.neg(x!)],
  ['Square', [[3]], (x) => tf.square(x!)],
  ['Sqrt', [[3]], (x) => tf.sqrt(x!)],
  ['Rsqrt', [[3]], (x) => tf.rsqrt(x!)],
  ['Reciprocal', [[3]], (x) => tf.reciprocal(x!)],
  ['Exp', [[3]], (x) => tf.exp(x!)],
  ['Log', [[3]], (x) => tf.log(x!)],
  ['Abs', [[3]], (x) => tf.abs(tf.sub(x!, 0.1))],
  ['Relu', [[3]], (x) => tf.relu(x!)],
  ['Step', [[3]], (x) => tf.mul(x!, tf.step(x!))],
  ['Tanh', [[3]], (x) => tf.tanh(x!)],
  ['Sigmoid', [[3]], (x) => tf.sigmoid(x!)],
  ['Erf', [[3]], (x) => tf.erf(x!)],
  ['Add', [[2, 3], [3]], (a, b) => tf.add(a!, b!)],
  [
    'Sub',
    [
      [2, 3],
      [2, 1],
    ],
    (a, b) => tf.sub(a!, b!),
  ],
  ['Multiply', [[3], [2, 3]], (a, b) => tf.mul(a!, b!)],
  ['RealDiv', [[2, 3], [3]], (a, b) => tf.div(a!, b!)],
  ['SquaredDifference', [[2, 3], [3]], (a, b) => tf.squaredDifference(a!, b!)],
  ['Pow', [[3], [3]], (a, b) => tf.pow(a!, b!)],
  ['Select', [[3], [3]], (a, b) => tf.where(tf.tensor1d([1, 0, 1], 'bool'), a!, b!)],
  ['Reshape', [[2, 3]], (x) => tf.reshape(x!, [3, 2])],
  ['ExpandDims', [[2, 3]], (x) => tf.expandDims(x!, 1)],
  ['Transpose', [[2, 3, 2]], (x) => tf.transpose(x!, [2, 0, 1])],
  ['Sum', [[2, 3, 2]], (x) => tf.sum(x!, [0, 2])],
  ['Mean', [[2, 3]], (x) => tf.mean(x!, 1, true)],
  ['Tile', [[2, 3]], (x) => tf.tile(x!, [3, 2])],
  ['Slice', [[3, 4]], (x) => tf.slice(x!, [1, 0], [2, 3])],
  [
    'PadV2',
    [[2, 3]],
    (x) =>
      tf.pad(x!, [
        [1, 0],
        [2, 1],
      ]),
  ],
  ['GatherV2', [[4, 2]], (x) => tf.gather(x!, tf.tensor1d([3, 0, 3], 'int32'))],
  ['GatherV2 of columns', [[2, 4]], (x) => tf.gather(x!, tf.tensor1d([1, 1, 2], 'int32'), 1)],
  ['AvgPool', [[2, 3, 3, 2]], (x) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'valid')],
  ['MaxPoolWithArgmax', [[2, 3, 3, 2]], (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 1, 'valid').result!],
  ['AddN', [[3], [3]], (a, b) => tf.addN([a!, b!, a!])],
  [
    'Concat',
    [
      [2, 3],
      [2, 1],
    ],
    (a, b) => tf.concat([a!, b!], 1),
  ],
  ['Pack', [[3], [3]], (a, b) => tf.stack([a!, b!], 1)],
  ['Unpack', [[2, 3]], (x) => tf.mul(tf.unstack(x!)[0]!, tf.unstack(x!)[1]!)],
  ['SplitV', [[4, 2]], (x) => tf.mul(tf.split(x!, 2)[0]!, tf.split(x!, 2)[1]!)],
  [
    'BatchMatMul',
    [
      [2, 3],
      [3, 2],
    ],
    (a, b) => tf.matMul(a!, b!),
  ],
  [
    'BatchMatMul, transposed',
    [
      [2, 3, 2],
      [2, 4, 3],
    ],
    (a, b) => tf.matMul(a!, b!, true, true),
  ],
  [
    'BatchMatMul of one for all',
    [
      [2, 2, 3],
      [1, 3, 2],
    ],
    (a, b) => tf.matMul(a!, b!),
  ],
  ['Softmax', [[2, 4]], (x) => tf.softmax(x!)],
  [
    'Conv2D',
    [
      [2, 5, 4, 2],
      [3, 3, 2, 3],
    ],
    (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, conv.strides, conv.pad),
  ],
  [
    'Conv2DBackpropInput',
    [
      [2, 3, 4, 3],
      [3, 3, 2, 3],
    ],
    (dy, filter) => tf.conv2dTranspose(dy as tf.Tensor4D, filter as tf.Tensor4D, [2, 5, 4, 2], conv.strides, conv.pad),
  ],
  [
    'Conv2DBackpropFilter',
    [
      [2, 5, 4, 2],
      [2, 3, 4, 3],
    ],
    (x, dy) =>
      tf.engine().runKernel('Conv2DBackpropFilter', { x: x!, dy: dy! }, {
        ...conv,
        dataFormat: 'NHWC',
        filterShape: [3, 3, 2, 3],
      } as unknown as tf.NamedAttrMap),
  ],
];

describe.each(backendsUnderTest)('derivatives of kernels on %s', (backend) => {
  it.each(cases)('%s', async (name, shapes, apply) => {
    await useBackend(backend);
    registerKernelGradients();
    const before = tf.memory().numTensors;
    const stream = randomStream(1, name);
    const numbers = (shape: readonly number[]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return Float32Array.from({ length: size }, () => 0.6 + stream.uniform());
    };
    tf.tidy(() => {
      const points = shapes.map((shape) => tf.tensor(numbers(shape), shape));
      const moves = shapes.map((shape) => tf.tensor(normalArray(stream, tf.util.sizeFromShape(shape), 1), shape));
      const output = apply(...points);
      const weights = tf.tensor(normalArray(stream, output.size, 1), output.shape);
      const weighted = (...inputs: tf.Tensor[]) => tf.sum(tf.mul(apply(...inputs), weights)) as tf.Scalar;
      const slopes = tf.grads(weighted)(points);
      const along = slopes.reduce((sum, slope, index) => {
        expect(slope.shape).toEqual(points[index]!.shape);
        return sum + tf.sum(tf.mul(slope, moves[index]!)).dataSync()[0]!;
      }, 0);
      const h = 0.01;
      const at = (length: number) =>
        weighted(
          ...points.map((point, index) => tf.add(point, tf.mul(moves[index]!, length)) as tf.Tensor),
        ).dataSync()[0]!;
      const difference = (at(h) - at(-h)) / (2 * h);
      const scale = slopes.reduce((sum, slope) => sum + (tf.norm(slope).dataSync()[0] ?? 0), 1);
      // Float32 over h, and h^2 of a third derivative.
      expect(Math.abs(along - difference)).toBeLessThan(5e-3 * scale);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
