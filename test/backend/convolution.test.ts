import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { someValues } from './productReference.ts';

beforeAll(async () => void (await useBackend('wasm')));

interface Convolution {
  readonly samples: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid';
}

const side = fc.integer({ min: 1, max: 3 });
const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    samples: fc.integer({ min: 0, max: 3 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.integer({ min: 1, max: 5 }),
    out: fc.integer({ min: 1, max: 9 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(side, side),
    pad: fc.constantFrom('same' as const, 'valid' as const),
  })
  .filter(({ height, width, kernel, pad }) => pad === 'same' || (kernel[0] <= height && kernel[1] <= width));

/** Calls `visit` with the place in input, kernel and output of every product that a convolution is made of. */
function everyProduct(
  { samples, height, width, channels, out, kernel, strides, pad }: Convolution,
  visit: (input: number, weight: number, output: number) => void,
): [number, number] {
  const along = (length: number, size: number, stride: number): [number, number] => {
    const positions = pad === 'same' ? Math.ceil(length / stride) : Math.floor((length - size) / stride) + 1;
    const total = pad === 'same' ? Math.max((positions - 1) * stride + size - length, 0) : 0;
    return [positions, Math.floor(total / 2)];
  };
  const [outHeight, top] = along(height, kernel[0], strides[0]);
  const [outWidth, left] = along(width, kernel[1], strides[1]);
  for (let n = 0; n < samples; n++)
    for (let row = 0; row < outHeight; row++)
      for (let column = 0; column < outWidth; column++)
        for (let ky = 0; ky < kernel[0]; ky++)
          for (let kx = 0; kx < kernel[1]; kx++) {
            const y = row * strides[0] - top + ky;
            const x = column * strides[1] - left + kx;
            if (y < 0 || x < 0 || y >= height || x >= width) continue;
            for (let c = 0; c < channels; c++)
              for (let o = 0; o < out; o++)
                visit(
                  ((n * height + y) * width + x) * channels + c,
                  ((ky * kernel[1] + kx) * channels + c) * out + o,
                  ((n * outHeight + row) * outWidth + column) * out + o,
                );
          }
  return [outHeight, outWidth];
}

// The kernels that tfjs's gradient of conv2d calls, with the attributes it gives them.
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor,
  filter: tf.Tensor4D,
  strides: readonly [number, number],
  pad: 'same' | 'valid',
): tf.Tensor {
  const attributes = { strides: [...strides], pad, dataFormat: 'NHWC', filterShape: filter.shape };
  return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attributes) as tf.Tensor;
}

function inputGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor,
  filter: tf.Tensor4D,
  strides: readonly [number, number],
  pad: 'same' | 'valid',
): tf.Tensor {
  const attributes = { strides: [...strides], pad, dataFormat: 'NHWC', inputShape: x.shape };
  return tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, attributes) as tf.Tensor;
}

function expectNear(found: tf.Tensor, expected: Float64Array): void {
  const values = found.dataSync();
  expect(values.length).toBe(expected.length);
  let worst = 0;
  values.forEach((value, index) => {
    worst = Math.max(worst, Math.abs(value - expected[index]!));
  });
  expect(worst).toBeLessThan(2e-5);
}

describe('convolutions of every shape', () => {
  test('equal float64 sums: forward, and the gradients in input and filter', () => {
    fc.assert(
      fc.property(convolutions, (shape) => {
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const { samples, height, width, channels, out, kernel, strides, pad } = shape;
          const x = someValues(samples * height * width * channels, 1);
          const w = someValues(kernel[0] * kernel[1] * channels * out, 2);
          const [outHeight, outWidth] = everyProduct(shape, () => {});
          const dy = someValues(samples * outHeight * outWidth * out, 3);
          const y = new Float64Array(dy.length);
          const dx = new Float64Array(x.length);
          const dw = new Float64Array(w.length);
          everyProduct(shape, (input, weight, output) => {
            y[output]! += x[input]! * w[weight]!;
            dx[input]! += dy[output]! * w[weight]!;
            dw[weight]! += dy[output]! * x[input]!;
          });
          const images = tf.tensor4d(x, [samples, height, width, channels]);
          const filter = tf.tensor4d(w, [kernel[0], kernel[1], channels, out]);
          const found = tf.conv2d(images, filter, [...strides], pad);
          expect(found.shape).toEqual([samples, outHeight, outWidth, out]);
          expectNear(found, y);
          const sensitivity = tf.tensor4d(dy, [samples, outHeight, outWidth, out]);
          expectNear(inputGradient(images, sensitivity, filter, strides, pad), dx);
          expectNear(filterGradient(images, sensitivity, filter, strides, pad), dw);
        });
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 150 },
    );
  });

  test('larger than a block of patches', () => {
    const shape: Convolution = {
      samples: 6,
      height: 30,
      width: 31,
      channels: 8,
      out: 5,
      kernel: [3, 3],
      strides: [1, 2],
      pad: 'same',
    };
    tf.tidy(() => {
      const x = someValues(6 * 30 * 31 * 8, 1);
      const w = someValues(3 * 3 * 8 * 5, 2);
      const y = new Float64Array(6 * 30 * 16 * 5);
      const dw = new Float64Array(w.length);
      everyProduct(shape, (input, weight, output) => {
        y[output]! += x[input]! * w[weight]!;
        dw[weight]! += x[input]!;
      });
      const images = tf.tensor4d(x, [6, 30, 31, 8]);
      const filter = tf.tensor4d(w, [3, 3, 8, 5]);
      expectNear(tf.conv2d(images, filter, [1, 2], 'same'), y);
      const found = filterGradient(images, tf.ones([6, 30, 16, 5]), filter, [1, 2], 'same');
      found.dataSync().forEach((value, index) => {
        expect(Math.abs(value - dw[index]!)).toBeLessThan(1e-3);
      });
    });
  });

  test('pass NaN on, to where it is seen and nowhere else', () => {
    tf.tidy(() => {
      const values = new Float32Array(16);
      values[0] = Number.NaN;
      const y = tf.conv2d(tf.tensor4d(values, [1, 4, 4, 1]), tf.ones<tf.Rank.R4>([2, 2, 1, 1]), 2, 'valid').dataSync();
      expect([...y]).toEqual([Number.NaN, 0, 0, 0]);
    });
  });

  test('dilated ones are computed as before', () => {
    tf.tidy(() => {
      const images = tf.tensor4d(someValues(25, 1), [1, 5, 5, 1]);
      const y = tf.conv2d(images, tf.ones<tf.Rank.R4>([2, 2, 1, 1]), 1, 'valid', 'NHWC', 2).dataSync();
      const x = images.dataSync();
      expect(y[0]).toBeCloseTo(x[0]! + x[2]! + x[10]! + x[12]!, 5);
    });
  });
});

test('the largest of each window and where it is, of numbers of any sign', () => {
  tf.tidy(() => {
    const images = tf.tensor4d([-3, -1, -2, -5, Number.NaN, 2, 0, 1], [2, 2, 2, 1]);
    const { result, indexes } = tf.maxPoolWithArgmax(images, 2, 2, 'valid', true);
    expect([...result!.dataSync()]).toEqual([-1, Number.NaN]);
    expect([...indexes!.dataSync()]).toEqual([1, 4]);
    expect([...tf.maxPoolWithArgmax(images, 2, 2, 'valid').indexes!.dataSync()]).toEqual([1, 0]);
  });
});
