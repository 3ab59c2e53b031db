import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { cnn } from '../../src/models/cnn.ts';
import { mlp } from '../../src/models/mlp.ts';
import { initialParameters, type Model } from '../../src/models/model.ts';
import { visionTransformer } from '../../src/models/visionTransformer.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { kernelMemory } from '../../src/probes/tangentKernelEigenpairs.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';

const samples = 240;
const outputs = 5;
const image = { height: 8, width: 8, channels: 1 };
const dimension = 64;

const models: Readonly<Record<string, Model>> = {
  'two dense layers': mlp({ widths: [48, 32] }),
  'a convolutional network': cnn({ blocks: [{ channels: 4 }, { channels: 6, stride: 2 }], head: 'globalAverage' }),
  'a vision transformer': visionTransformer({ patch: 4, dimension: 8, heads: 2, depth: 1 }),
};

/** What the operations of `look` put into memory: most at a time, and the largest single tensor; entries. */
async function memoryOf(model: Model, look: (lens: ModelLens) => unknown): Promise<{ most: number; largest: number }> {
  const network = model.build(dimension, outputs, image);
  const scope = new TensorScope();
  const parameters = initialParameters(network, 1);
  const inputs = Float32Array.from(normalArray(randomStream(1, 'inputs'), samples * dimension));
  const targets = new Float32Array(samples * outputs);
  const seen = samplesOf({ inputs, targets, size: samples, dimension, outputs }, scope);
  const subject = { network, loss: squareLoss, classes: null, agopReference: undefined, stabilityLimit: 2 };
  const lens = new ModelLens(subject, parameters, seen, scope, kernelMemory(), 0);
  const { peakBytes, kernels } = await tf.profile(() => {
    look(lens);
    return [];
  });
  scope.dispose();
  for (const one of parameters.flat()) one.dispose();
  const sizes = kernels.flatMap((one) => one.outputShapes.map((shape) => shape.reduce((all, axis) => all * axis, 1)));
  return { most: peakBytes / 4, largest: Math.max(...sizes) };
}

describe('memory of the tangent kernel of order n c = 1200', () => {
  const kernel = (samples * outputs) ** 2;
  beforeAll(async () => {
    await useBackend('wasm');
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(0);
  });

  it.each(Object.keys(models))('%s: no tensor is larger than the kernel, and few are as large', async (name) => {
    const { most, largest } = await memoryOf(models[name]!, (lens) => lens.tangentKernel());
    console.log(`${name}: largest ${(largest / kernel).toFixed(2)}, at most ${(most / kernel).toFixed(2)} kernels`);
    expect(largest).toBeLessThanOrEqual(kernel);
    expect(most).toBeLessThanOrEqual(7 * kernel);
  });

  it.each(Object.keys(models))('%s: summed over outputs, nothing as large is formed', async (name) => {
    const { most, largest } = await memoryOf(models[name]!, (lens) => lens.outputSummedTangentKernel());
    console.log(
      `${name}: summed, largest ${(largest / kernel).toFixed(2)}, at most ${(most / kernel).toFixed(2)} kernels`,
    );
    expect(largest).toBeLessThanOrEqual(kernel / 2);
    expect(most).toBeLessThanOrEqual(2.5 * kernel);
  });
});
