import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import {
  forward,
  gradients,
  inputSensitivities,
  parameterDescriptions,
  sensitivities,
} from '../../src/models/model.ts';
import { randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { jacobian } from './finiteDifferences.ts';
import { convolutionalNetworks, type ImageNetwork, transformers } from './imageNetworks.ts';
import { type PlainCnn, type PlainPass, type PlainTransformer, plainCnn, plainTransformer } from './plainImageNets.ts';

type Plain = (net: ImageNetwork, parameters: ArrayLike<number>, input: readonly number[]) => PlainPass;

const kinds: Record<string, { nets: fc.Arbitrary<ImageNetwork>; plain: Plain }> = {
  'convolutional networks': {
    nets: convolutionalNetworks(['relu', 'tanh', 'erf', 'gelu']),
    plain: (net, parameters, input) => plainCnn(net.options as PlainCnn, net.image, net.outputs, parameters, input),
  },
  'vision transformers': {
    nets: transformers(['gelu', 'relu']),
    plain: (net, parameters, input) =>
      plainTransformer(net.options as PlainTransformer, net.image, net.outputs, parameters, input),
  },
};

/** Largest difference, relative to the largest expected number. */
function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
  return expected.reduce((worst, value, index) => Math.max(worst, Math.abs(value - found[index]!)), 0) / scale;
}

describe.each(backendsUnderTest)('on %s', (backend) => {
  beforeAll(async () => void (await useBackend(backend)));

  it.each(Object.keys(kinds))('%s: outputs, and gradients by finite differences in float64', (kind) => {
    const { nets, plain } = kinds[kind]!;
    fc.assert(
      fc.property(nets, fc.integer({ min: 1, max: 2 }), fc.nat(), (net, samples, seed) => {
        const stream = randomStream(seed, 'random net');
        const normals = (count: number) => Array.from({ length: count }, () => Math.fround(stream.normal()));
        const shapes = parameterDescriptions(net.network).map(({ shape }) => shape);
        const sizes = shapes.map((shape) => shape.reduce((size, length) => size * length, 1));
        const parameters = normals(sizes.reduce((sum, size) => sum + size, 0));
        const dimension = net.image.height * net.image.width * net.image.channels;
        const inputs = Array.from({ length: samples }, () => normals(dimension));
        const passes = inputs.map((input) => plain(net, parameters, input));
        // Finite differences move a pre-activation by 1e-4 times an activation, float32 by less.
        fc.pre(passes.every(({ distanceToKink, leastVariance }) => distanceToKink > 5e-3 && leastVariance > 0.05));
        const weights = inputs.map(() => normals(net.outputs));

        const before = tf.memory().numTensors;
        const scope = new TensorScope();
        let at = 0;
        const tensors = net.network.layers.map((layer) =>
          layer.parameters.map(({ shape }) => {
            const size = shape.reduce((product, length) => product * length, 1);
            at += size;
            return scope.own(() => tf.tensor(parameters.slice(at - size, at), [...shape]));
          }),
        );
        const x = scope.own(() => tf.tensor2d(inputs.flat(), [samples, dimension]));
        const trace = forward(net.network, tensors, x, scope);
        const u = scope.own(() => tf.tensor2d(weights.flat(), [samples, net.outputs]));
        const found = gradients(trace, u).flat();
        const ofInputs = scope.own(() => inputSensitivities(trace, sensitivities(trace, scope)[0] ?? null));

        const outputs = passes.flatMap((pass) => pass.outputs);
        expect(difference(trace.outputs.dataSync(), outputs)).toBeLessThan(2e-5);
        const weighed = (one: ArrayLike<number>) =>
          inputs.reduce(
            (sum, input, i) =>
              sum + plain(net, one, input).outputs.reduce((part, value, o) => part + weights[i]![o]! * value, 0),
            0,
          );
        const expected = jacobian((point) => [weighed(point)], parameters)[0]!;
        expect(
          difference(
            found.flatMap((one) => Array.from(one.dataSync())),
            expected,
          ),
        ).toBeLessThan(3e-4);
        const byInput = inputs.flatMap((input) =>
          jacobian((point) => plain(net, parameters, [...point]).outputs, input).flat(),
        );
        expect(difference(ofInputs.dataSync(), byInput)).toBeLessThan(3e-4);

        for (const one of found) one.dispose();
        scope.dispose();
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: kind === 'vision transformers' ? 4 : 25 },
    );
  });
});
