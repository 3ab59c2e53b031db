import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../tasks/task.ts';
import type { TensorScope } from '../tensorScope.ts';
import type { Layer, LayerTrace } from './layer.ts';
import { windowedSize } from './patches.ts';
import { withoutParameters } from './withoutParameters.ts';

export interface PoolingOptions {
  readonly image: ImageShape;
  readonly kind: 'average' | 'max';
  /** Pixels of a side of the window. */
  readonly size: number;
  /** Pixels from one window to the next; what is left at the right and at the bottom is dropped. */
  readonly stride: number;
}

/** Pooling, and the shape of the images it makes. */
export interface Pooling extends Layer {
  readonly image: ImageShape;
}

/** The mean or the largest of each window of an image, channel by channel; of several largest, one. */
export function pooling(options: PoolingOptions): Pooling {
  const { image, kind, size, stride } = options;
  const { height, width } = windowedSize(image, { height: size, width: size, stride, padding: 'valid' });
  return {
    image: { height, width, channels: image.channels },
    inputs: image.height * image.width * image.channels,
    outputs: height * width * image.channels,
    parameters: [],
    forward: (_, input, scope) =>
      kind === 'average' ? averageTrace(options, input, scope) : maxTrace(options, input, scope),
  };
}

function averageTrace({ image, size, stride }: PoolingOptions, input: tf.Tensor2D, scope: TensorScope): LayerTrace {
  const average = (rows: tf.Tensor2D) => flat(tf.avgPool(images(rows, image), size, stride, 'valid'));
  const output = scope.own(() => average(input));
  return {
    ...withoutParameters,
    input,
    output,
    slope: () => null,
    toInput: (sensitivity) =>
      tf.tidy(() => {
        const rows = sensitivity.shape[0];
        const pooled = windowedSize(image, { height: size, width: size, stride, padding: 'valid' });
        // The kernel takes only the shape of its `input`.
        const gradient = tf.engine().runKernel(
          'AvgPoolGrad',
          {
            dy: images(sensitivity, { ...pooled, channels: image.channels }),
            input: tf.zeros([rows, image.height, image.width, image.channels]),
          },
          { filterSize: [size, size], strides: [stride, stride], pad: 'valid' },
        ) as tf.Tensor4D;
        return flat(gradient);
      }),
    pushForward: (_, change) => tf.tidy(() => (change === null ? tf.zerosLike(output) : average(change))),
  };
}

function maxTrace({ image, size, stride }: PoolingOptions, input: tf.Tensor2D, scope: TensorScope): LayerTrace {
  const [samples, inputs] = input.shape;
  const windows = tf.tidy(() => {
    const found = tf.maxPoolWithArgmax(images(input, image), size, stride, 'valid');
    return [found.result!, found.indexes!].map((one) => tf.reshape(one, [samples, one.size / samples]) as tf.Tensor2D);
  });
  const output = scope.own(() => windows[0]!);
  /** Where in its sample each output comes from, `[n, out]`, whole numbers. */
  const at = scope.own(() => windows[1]!);
  const outputs = output.shape[1];
  /** The same in all of `rows` rows laid end to end, as many for each sample. */
  const flatly = (rows: number): tf.Tensor1D => {
    const own = tf.tile(tf.reshape(at, [samples, 1, outputs]), [1, rows / samples, 1]);
    const starts = tf.mul(tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1]), tf.scalar(inputs, 'int32'));
    return tf.reshape(tf.add(tf.reshape(own, [rows, outputs]), starts), [rows * outputs]);
  };
  return {
    ...withoutParameters,
    input,
    output,
    slope: () => null,
    toInput: (sensitivity) =>
      tf.tidy(() => {
        const rows = sensitivity.shape[0];
        const indices = tf.reshape(flatly(rows), [rows * outputs, 1]);
        // Windows that overlap may share their largest: scattering adds.
        return tf.reshape(tf.scatterND(indices, tf.reshape(sensitivity, [-1]), [rows * inputs]), [rows, inputs]);
      }),
    pushForward: (_, change) =>
      tf.tidy(() =>
        change === null
          ? tf.zerosLike(output)
          : tf.reshape(tf.gather(tf.reshape(change, [-1]), flatly(samples)), [samples, outputs]),
      ),
  };
}

function images(rows: tf.Tensor2D, { height, width, channels }: ImageShape): tf.Tensor4D {
  return tf.reshape(rows, [rows.shape[0], height, width, channels]);
}

function flat(pictures: tf.Tensor4D): tf.Tensor2D {
  const [rows, height, width, channels] = pictures.shape;
  return tf.reshape(pictures, [rows, height * width * channels]);
}
