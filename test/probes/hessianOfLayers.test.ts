import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { cnn } from '../../src/models/cnn.ts';
import { initialParameters, type Model, type Parameters } from '../../src/models/model.ts';
import { visionTransformer } from '../../src/models/visionTransformer.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { kernelMemory } from '../../src/probes/tangentKernelEigenpairs.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';

const image = { height: 8, width: 8, channels: 1 };

/** Models whose layers are not dense, none with a kink: differences of gradients see no jump. */
const models: Readonly<Record<string, Model>> = {
  'convolutions, tanh': cnn({
    blocks: [{ channels: 3 }, { channels: 4, stride: 2 }],
    activation: 'tanh',
    parameterization: 'standard',
    head: 'globalAverage',
  }),
  'average pooling': cnn({
    blocks: [{ channels: 3, pool: { kind: 'average', size: 2 } }, { channels: 2 }],
    activation: 'tanh',
    parameterization: 'standard',
  }),
  'max pooling': cnn({
    blocks: [{ channels: 3, pool: { kind: 'max', size: 2 } }, { channels: 2 }],
    activation: 'tanh',
    parameterization: 'standard',
  }),
  'a vision transformer': visionTransformer({ patch: 4, dimension: 8, depth: 1, heads: 2 }),
};

function inner(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

describe.each(backendsUnderTest)('the Hessian of models of other layers on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.keys(models))('%s: symmetric, and the derivative of the gradient', (name) => {
    const scope = new TensorScope();
    const network = models[name]!.build(64, 3, image);
    const stream = randomStream(4, name);
    const dataset = { inputs: normalArray(stream, 5 * 64, 1), targets: normalArray(stream, 15, 1) };
    const samples = samplesOf({ ...dataset, size: 5, dimension: 64, outputs: 3 }, scope);
    const subject = { network, loss: squareLoss, classes: null, agopReference: undefined, stabilityLimit: 2 };
    const lensAt = (parameters: Parameters) => new ModelLens(subject, parameters, samples, scope, kernelMemory(), 0);
    const parameters = initialParameters(network, 1);
    const lens = lensAt(parameters);
    const count = (lens.gradient() as Float32Array).length;
    const [u, v] = [0, 1].map(() => {
      const direction = normalArray(stream, count, 1);
      const length = Math.sqrt(inner(direction, direction));
      return direction.map((value) => value / length);
    }) as [Float32Array, Float32Array];
    const product = lens.hessianProduct(v) as Float32Array;
    const size = Math.sqrt(inner(product, product));
    expect(Math.abs(inner(u, product) - inner(v, lens.hessianProduct(u) as Float32Array))).toBeLessThan(1e-5 * size);

    const gradientAt = (length: number) => {
      let at = 0;
      const moved = parameters.map((layer) =>
        layer.map((one) => {
          at += one.size;
          const shift = v.slice(at - one.size, at).map((value) => length * value);
          return scope.own(() => tf.add(one, tf.tensor(shift, one.shape)));
        }),
      );
      return lensAt(moved).gradient() as Float32Array;
    };
    // Differences of float32 gradients: rounding over h, and h^2 times a fourth derivative.
    // A step beyond which the largest of a window would be another one is no test of max pooling.
    const h = name === 'max pooling' ? 5e-4 : 0.02;
    const [above, below] = [gradientAt(h), gradientAt(-h)];
    const difference = above.map((value, index) => (value - below[index]!) / (2 * h) - product[index]!);
    expect(Math.sqrt(inner(difference, difference))).toBeLessThan((name === 'max pooling' ? 2e-2 : 5e-3) * size);
    tf.dispose(parameters);
    scope.dispose();
  });
});
