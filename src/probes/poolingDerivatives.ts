import * as tf from '@tensorflow/tfjs-core';
import type { KernelDerivative, Slopes } from './kernelDerivative.ts';

/** Of pooling by means. */
export const poolingDerivatives: Readonly<Record<string, KernelDerivative>> = {
  AvgPool: {
    inputs: ['x'],
    derivative: (slope, [x], { filterSize, strides, pad }) => ({
      x: () =>
        tf.engine().runKernel('AvgPoolGrad', { dy: slope, input: x! }, {
          filterSize,
          strides,
          pad,
        } as unknown as tf.NamedAttrMap),
    }),
  },
};

/** Of pooling by the largest, which tells the largest and where in its sample each was: their slopes come as a list. */
export const maxPoolDerivative: tf.GradConfig = {
  kernelName: 'MaxPoolWithArgmax',
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc(slopes, [x, places]) {
    const [slope] = slopes as tf.Tensor[];
    const [samples, ...shape] = x!.shape;
    const inSample = shape.reduce((product, length) => product * length, 1);
    return {
      x: () => {
        const starts = tf.mul(
          tf.reshape(tf.range(0, samples!, 1, 'int32'), [samples!, 1]),
          tf.scalar(inSample, 'int32'),
        );
        const at = tf.add(tf.reshape(places!, [samples!, -1]), starts);
        // Windows that overlap may share their largest: scattering adds.
        const flat = tf.scatterND(tf.reshape(at, [-1, 1]), tf.reshape(slope!, [-1]), [samples! * inSample]);
        return tf.reshape(flat, x!.shape);
      },
    } as Slopes;
  },
};
