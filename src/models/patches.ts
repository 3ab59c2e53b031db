import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../tasks/task.ts';

/** What a position of a convolution or of pooling sees: pixels, and pixels from one position to the next. */
export interface Window {
  readonly height: number;
  readonly width: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
}

/** Positions of a window over an image. */
export function windowedSize(
  image: Pick<ImageShape, 'height' | 'width'>,
  { height, width, stride, padding }: Window,
): { readonly height: number; readonly width: number } {
  const along = (pixels: number, window: number) =>
    Math.max(0, Math.ceil((padding === 'same' ? pixels : pixels - window + 1) / stride));
  return { height: along(image.height, height), width: along(image.width, width) };
}

/**
 * What every position of a window sees of images `[n, height, width, channels]`, zeros outside of them: `[n * positions,
 * window height * window width * channels]`. Runs inside a tidy.
 */
export function patchesOf(images: tf.Tensor4D, window: Window): tf.Tensor2D {
  const [samples, imageHeight, imageWidth, channels] = images.shape;
  const { height, width } = windowedSize({ height: imageHeight, width: imageWidth }, window);
  const rows = samples * height * width;
  const shape: [number, number] = [rows, window.height * window.width * channels];
  const { stride, padding } = window;
  if (tf.getKernel('Patches', tf.getBackend()) !== undefined) {
    const found = tf
      .engine()
      .runKernel(
        'Patches',
        { x: images },
        { kernel: [window.height, window.width], strides: [stride, stride], pad: padding },
      ) as tf.Tensor4D;
    return tf.reshape(found, shape);
  }
  const padded = padding === 'same' ? withZeros(images, window) : images;
  const pixels: tf.Tensor2D[] = [];
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const end = [samples, y + (height - 1) * stride + 1, x + (width - 1) * stride + 1, channels];
      const seen = tf.stridedSlice(padded, [0, y, x, 0], end, [1, stride, stride, 1]);
      pixels.push(tf.reshape(seen, [rows, channels]));
    }
  }
  return tf.concat(pixels, 1);
}

function withZeros(images: tf.Tensor4D, window: Window): tf.Tensor4D {
  const [, imageHeight, imageWidth] = images.shape;
  const { height, width } = windowedSize({ height: imageHeight, width: imageWidth }, window);
  const around = (positions: number, pixels: number, length: number): [number, number] => {
    const total = Math.max(0, (positions - 1) * window.stride + length - pixels);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return tf.pad(images, [
    [0, 0],
    around(height, imageHeight, window.height),
    around(width, imageWidth, window.width),
    [0, 0],
  ]);
}
