import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom } from 'rxjs';
import { type BackendName, useBackend } from '../src/backend/chooseBackend.ts';
import type { WasmBackend } from '../src/backend/wasm/heap.ts';
import { replaceKernels, restoreKernels } from '../src/backend/wasm/replaceKernels.ts';
import { cnn } from '../src/models/cnn.ts';
import { mlp } from '../src/models/mlp.ts';
import type { Model } from '../src/models/model.ts';
import { visionTransformer } from '../src/models/visionTransformer.ts';
import { randomStream } from '../src/randomness.ts';
import { imageClassification } from '../src/tasks/imageClassification.ts';
import { train } from '../src/training/train.ts';
import { median } from './median.ts';

export interface ModelRow {
  readonly model: string;
  readonly batch: number;
  readonly stepsPerSecond: number;
}

const models: readonly (readonly [string, Model, number])[] = [
  ['mlp 784-128-10', mlp({ widths: [128], parameterization: 'standard' }), 64],
  [
    'cnn 8-16, stride 2',
    cnn({
      blocks: [
        { channels: 8, stride: 2 },
        { channels: 16, stride: 2 },
      ],
      parameterization: 'standard',
    }),
    64,
  ],
  ['vision transformer, 19 594 parameters', visionTransformer(), 32],
];

/** Steps a second of training with gradient descent and cross-entropy on 28 x 28 images: medians of several runs. */
export async function benchModels(backend: BackendName, runs = 5, steps = 20): Promise<ModelRow[]> {
  const task = imageClassification(noise(256), noise(16), {
    samples: 256,
    testSamples: 16,
    target: 'classes',
    pool: 1,
  });
  const rows: ModelRow[] = [];
  for (const [name, model, batchSize] of models) {
    const times: number[] = [];
    for (let run = 0; run <= runs; run++) {
      let start = 0;
      await lastValueFrom(
        train({
          task,
          model,
          batchSize,
          loss: 'crossEntropy',
          learningRate: 1e-3,
          steps: steps + 1,
          backend,
          // Data and initialisation are not what is measured.
          until: ({ step }) => {
            if (step === 1) start = performance.now();
            return false;
          },
        }),
      );
      // The first run is for the compiler.
      if (run > 0) times.push((performance.now() - start) / steps);
    }
    rows.push({ model: name, batch: batchSize, stepsPerSecond: 1000 / median(times) });
  }
  return rows;
}

/** Images of noise in ten classes. */
function noise(count: number) {
  const stream = randomStream(0, 'noise');
  const pixels = Uint8Array.from({ length: count * 784 }, () => stream.integer(256));
  return { count, height: 28, width: 28, pixels, labels: Uint8Array.from({ length: count }, (_, at) => at % 10) };
}

/** Rates in GFLOP/s; tfjs has no kernel for the gradient of the filter. */
export interface ConvolutionRow {
  readonly shape: string;
  readonly forward: number;
  readonly input: number;
  readonly filter: number;
  readonly tfjsForward: number;
  readonly tfjsInput: number;
}

type Shape = readonly [samples: number, side: number, channels: number, out: number, stride: number];

/** The convolutions of the papers' networks, all 3 x 3 with padding, then two larger ones. */
const shapes: readonly Shape[] = [
  [128, 28, 1, 16, 2],
  [128, 14, 16, 16, 2],
  [64, 28, 1, 8, 2],
  [64, 14, 8, 16, 2],
  [32, 14, 16, 32, 2],
  [32, 7, 32, 32, 2],
  [128, 14, 32, 32, 1],
  [32, 28, 16, 16, 1],
];

/** Convolutions on the wasm backend, ours beside tfjs's, in one process and in turns: medians of several rounds. */
export async function benchConvolutions(rounds = 11): Promise<ConvolutionRow[]> {
  await useBackend('wasm');
  const rows: ConvolutionRow[] = [];
  for (const [samples, side, channels, out, stride] of shapes) {
    const x = tf.randomNormal([samples, side, side, channels]) as tf.Tensor4D;
    const w = tf.randomNormal([3, 3, channels, out]) as tf.Tensor4D;
    const dy = tf.conv2d(x, w, stride, 'same');
    const attributes = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', filterShape: w.shape };
    const forward = () => tf.conv2d(x, w, stride, 'same');
    const input = () => tf.conv2dTranspose(dy, w, x.shape, stride, 'same');
    const filter = () => tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attributes) as tf.Tensor;
    const operations = 2 * (dy.size / out) * 9 * channels * out;
    const repeats = Math.max(1, Math.ceil(1e7 / operations));
    const times: number[][] = [[], [], [], [], []];
    for (let round = 0; round < rounds; round++) {
      await replaceKernels(tf.backend() as unknown as WasmBackend);
      for (const [index, compute] of [forward, input, filter].entries()) times[index]!.push(time(compute, repeats));
      restoreKernels();
      for (const [index, compute] of [forward, input].entries()) times[3 + index]!.push(time(compute, repeats));
    }
    await replaceKernels(tf.backend() as unknown as WasmBackend);
    for (const tensor of [x, w, dy]) tensor.dispose();
    const [ofForward, ofInput, ofFilter, tfjsForward, tfjsInput] = times.map(
      (samplesOfTime) => operations / (median(samplesOfTime) * 1e6),
    ) as [number, number, number, number, number];
    rows.push({
      shape: `${samples} x ${side} x ${side}, ${channels} -> ${out}, stride ${stride}`,
      forward: ofForward,
      input: ofInput,
      filter: ofFilter,
      tfjsForward,
      tfjsInput,
    });
  }
  return rows;
}

/** Milliseconds of one call. */
function time(compute: () => tf.Tensor, repeats: number): number {
  compute().dispose();
  const start = performance.now();
  for (let index = 0; index < repeats; index++) compute().dispose();
  return (performance.now() - start) / repeats;
}
