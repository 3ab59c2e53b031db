import * as tf from '@tensorflow/tfjs-core';
import { normalArray } from '../randomness.ts';
import type { ImageShape } from '../tasks/task.ts';
import type { TensorScope } from '../tensorScope.ts';
import { Activated, type ActivationName } from './activation.ts';
import type { Layer, LayerTrace, ParameterDescription, Sensitivity } from './layer.ts';
import { patchesOf, type Window, windowedSize } from './patches.ts';
import { sensitivityRows } from './rowKernel.ts';
import { outputSummedSharedKernel, type SharedMap, sharedKernel, sharedRowGradients } from './sharedMap.ts';

export interface ConvolutionOptions {
  /** The layer's number: part of its parameters' names. */
  readonly index: number;
  readonly image: ImageShape;
  readonly channels: number;
  /** Pixels of a side of the kernel. */
  readonly kernel: number;
  readonly stride: number;
  /** `same`: zeros around the image, more after than before where the sum is odd, as in TensorFlow. `valid`: none. */
  readonly padding: 'same' | 'valid';
  readonly activation: ActivationName;
  /** The factor s in z = s (h * K) + b: 1 / sqrt(fan_in) in the NTK parameterisation, else 1. */
  readonly scale: number;
  readonly bias: boolean;
  /** Standard deviation of the initial kernel; biases start at 0. */
  readonly deviation: number;
}

/** A convolution, and the shape of the images it makes. */
export interface Convolution extends Layer {
  readonly image: ImageShape;
}

/**
 * Convolution: output = phi(s (h * K) + b), cross-correlation as everywhere in this field, K of shape `[kernel, kernel,
 * channels in, channels out]`.
 */
export function convolution(options: ConvolutionOptions): Convolution {
  const { index, image, channels, kernel, stride, padding, deviation } = options;
  const window = { height: kernel, width: kernel, stride, padding };
  const size = windowedSize(image, window);
  const shape = [kernel, kernel, image.channels, channels] as const;
  const weights: ParameterDescription = {
    name: `K${index}`,
    shape,
    initialise: (stream) => normalArray(stream, kernel * kernel * image.channels * channels, deviation),
  };
  const biases: ParameterDescription = {
    name: `b${index}`,
    shape: [channels],
    initialise: () => new Float32Array(channels),
  };
  return {
    image: { ...size, channels },
    inputs: image.height * image.width * image.channels,
    outputs: size.height * size.width * channels,
    parameters: options.bias ? [weights, biases] : [weights],
    forward: ([kernels, bias], input, scope) =>
      new ConvolutionTrace(options, window, kernels as tf.Tensor4D, bias as tf.Tensor1D | undefined, input, scope),
  };
}

class ConvolutionTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly #options: ConvolutionOptions;
  readonly #window: Window;
  readonly #scope: TensorScope;
  /** s K: smaller than what it is multiplied with. */
  readonly #kernel: tf.Tensor4D;
  readonly #activated: Activated;
  #map: SharedMap | undefined;

  constructor(
    options: ConvolutionOptions,
    window: Window,
    kernel: tf.Tensor4D,
    bias: tf.Tensor1D | undefined,
    input: tf.Tensor2D,
    scope: TensorScope,
  ) {
    const { scale } = options;
    this.input = input;
    this.#options = options;
    this.#window = window;
    this.#scope = scope;
    this.#kernel = scale === 1 ? kernel : scope.own((): tf.Tensor4D => tf.mul(kernel, scale));
    this.#activated = new Activated(options.activation, scope, () => {
      const images = this.#convolved(input, this.#kernel);
      return this.#flat(bias === undefined ? images : (tf.add(images, bias) as tf.Tensor4D));
    });
  }

  get output(): tf.Tensor2D {
    return this.#activated.output;
  }

  slope(): tf.Tensor2D | null {
    return this.#activated.slope();
  }

  toPreactivation(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.#activated.toPreactivation(sensitivity));
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const { height, width, channels } = this.#options.image;
      const shape: [number, number, number, number] = [sensitivity.shape[0], height, width, channels];
      const { stride, padding } = this.#window;
      return this.#flat(tf.conv2dTranspose(this.#positions(sensitivity), this.#kernel, shape, stride, padding));
    });
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const { scale } = this.#options;
      const terms: tf.Tensor4D[] = [];
      if (input !== null) terms.push(this.#convolved(input, this.#kernel));
      if (parameters !== null) {
        const [kernel, bias] = parameters as [tf.Tensor4D, tf.Tensor1D?];
        terms.push(this.#convolved(this.input, scale === 1 ? kernel : tf.mul(kernel, scale)));
        if (bias !== undefined) return this.#flat(tf.add(tf.addN(terms), bias));
      }
      return terms.length === 0 ? tf.zerosLike(this.output) : this.#flat(tf.addN(terms));
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const { scale, bias } = this.#options;
      const { stride, padding } = this.#window;
      const dy = this.#positions(weights === undefined ? sensitivity : tf.mul(sensitivity, weights));
      const summed = tf.engine().runKernel(
        'Conv2DBackpropFilter',
        { x: this.#images(this.input), dy },
        {
          strides: [stride, stride],
          pad: padding,
          dataFormat: 'NHWC',
          filterShape: this.#kernel.shape,
        },
      ) as tf.Tensor4D;
      const kernel = scale === 1 ? summed : tf.mul(summed, scale);
      return bias ? [kernel, tf.sum(dy, [0, 1, 2])] : [kernel];
    });
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => sharedRowGradients(this.#shared(), sensitivity));
  }

  kernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => sharedKernel(this.#shared(), this.#rows(sensitivity, outputs), outputs));
  }

  outputSummedKernel(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return tf.tidy(() => outputSummedSharedKernel(this.#shared(), this.#rows(sensitivity, outputs), outputs));
  }

  #rows(sensitivity: Sensitivity, outputs: number): tf.Tensor2D {
    return sensitivityRows(sensitivity, this.input.shape[0], outputs);
  }

  /** The convolution as one matrix applied to every patch. */
  #shared(): SharedMap {
    const { scale, bias } = this.#options;
    this.#map ??= {
      seen: this.#scope.own(() => {
        const patches = patchesOf(this.#images(this.input), this.#window);
        return scale === 1 ? patches : tf.mul(patches, scale);
      }),
      positions: this.output.shape[1] / this.#options.channels,
      bias,
    };
    return this.#map;
  }

  #convolved(images: tf.Tensor2D, kernel: tf.Tensor4D): tf.Tensor4D {
    return tf.conv2d(this.#images(images), kernel, this.#window.stride, this.#window.padding);
  }

  #images(rows: tf.Tensor2D): tf.Tensor4D {
    const { height, width, channels } = this.#options.image;
    return tf.reshape(rows, [rows.shape[0], height, width, channels]);
  }

  /** Rows of the pre-activation as images. */
  #positions(rows: tf.Tensor2D): tf.Tensor4D {
    const { height, width } = windowedSize(this.#options.image, this.#window);
    return tf.reshape(rows, [rows.shape[0], height, width, this.#options.channels]);
  }

  #flat(images: tf.Tensor4D): tf.Tensor2D {
    return tf.reshape(images, [images.shape[0], images.size / Math.max(1, images.shape[0])]);
  }
}
