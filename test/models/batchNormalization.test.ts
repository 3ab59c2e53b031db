import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { batchNormalization } from '../../src/models/batchNormalization.ts';
import { cnn } from '../../src/models/cnn.ts';
import { dense } from '../../src/models/dense.ts';
import { evaluatedNetwork, initialState, nextState, stateDescriptions } from '../../src/models/layerState.ts';
import {
  forward,
  gradients,
  initialParameters,
  type Network,
  parameterDescriptions,
  pushForward,
  sensitivities,
} from '../../src/models/model.ts';
import { residual } from '../../src/models/residual.ts';
import { tokenwise } from '../../src/models/tokenwise.ts';
import { UndefinedProbeError } from '../../src/probe.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { jacobian } from './finiteDifferences.ts';
import { checkNetworkLaws } from './layerLaws.ts';

interface Shape {
  readonly samples: number;
  readonly positions: number;
  readonly inputs: number;
  readonly channels: number;
  readonly outputs: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  samples: fc.integer({ min: 3, max: 5 }),
  positions: fc.integer({ min: 1, max: 3 }),
  inputs: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 3 }),
  outputs: fc.integer({ min: 1, max: 2 }),
});

/** A matrix on every position, batch normalization with tanh, a dense layer. */
function normalisedNet({ positions, inputs, channels, outputs }: Shape): Network {
  const linear = { scale: 1, bias: false, deviation: 1, activation: 'identity' as const };
  return {
    layers: [
      tokenwise({ ...linear, index: 1, tokens: positions, inputs, outputs: channels }),
      batchNormalization({ index: 2, positions, channels, activation: 'tanh', epsilon: 1e-5, momentum: 0.1 }),
      dense({ ...linear, index: 3, inputs: positions * channels, outputs }),
    ],
  };
}

interface Statistics {
  readonly mean: number;
  readonly variance: number;
}

/** The same in plain float64 arithmetic, the whole batch at once. */
function plainBatch(
  { samples, positions, inputs, channels, outputs }: Shape,
  parameters: ArrayLike<number>,
  x: ArrayLike<number>,
): { outputs: number[]; statistics: Statistics[] } {
  const gains = inputs * channels;
  const pixels = samples * positions;
  const z: number[][] = Array.from({ length: pixels }, (_, pixel) =>
    Array.from({ length: channels }, (_, channel) => {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += x[pixel * inputs + i]! * parameters[i * channels + channel]!;
      return sum;
    }),
  );
  const statistics = Array.from({ length: channels }, (_, channel) => {
    const mean = z.reduce((sum, pixel) => sum + pixel[channel]!, 0) / pixels;
    return { mean, variance: z.reduce((sum, pixel) => sum + (pixel[channel]! - mean) ** 2, 0) / pixels };
  });
  const h = z.map((pixel) =>
    pixel.map((value, channel) => {
      const { mean, variance } = statistics[channel]!;
      const gain = parameters[gains + channel]!;
      return Math.tanh((gain * (value - mean)) / Math.sqrt(variance + 1e-5) + parameters[gains + channels + channel]!);
    }),
  );
  const weights = gains + 2 * channels;
  const found: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const seen = h.slice(sample * positions, (sample + 1) * positions).flat();
    for (let out = 0; out < outputs; out++) {
      found.push(seen.reduce((sum, value, index) => sum + value * parameters[weights + index * outputs + out]!, 0));
    }
  }
  return { outputs: found, statistics };
}

describe.each(backendsUnderTest)('batch normalization on %s', (backend) => {
  beforeAll(async () => void (await useBackend(backend)));

  it('equals float64 arithmetic: outputs, gradients, forward derivative and statistics', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, seed) => {
        const network = normalisedNet(shape);
        const stream = randomStream(seed, 'batch');
        const descriptions = parameterDescriptions(network);
        const sizes = descriptions.map(({ shape: of }) => of.reduce((size, length) => size * length, 1));
        const parameters = normalArray(
          stream,
          sizes.reduce((sum, size) => sum + size, 0),
        );
        const x = normalArray(stream, shape.samples * shape.positions * shape.inputs);
        const direction = normalArray(stream, parameters.length);
        const weights = normalArray(stream, shape.samples * shape.outputs);
        const plain = plainBatch(shape, parameters, x);
        fc.pre(plain.statistics.every(({ variance }) => variance > 0.05));

        const before = tf.memory().numTensors;
        const scope = new TensorScope();
        const apart = (values: Float32Array) => {
          let at = 0;
          return network.layers.map((layer) =>
            layer.parameters.map((one) => {
              const size = one.shape.reduce((product, length) => product * length, 1);
              at += size;
              return scope.own(() => tf.tensor(values.slice(at - size, at), [...one.shape]));
            }),
          );
        };
        const inputs = scope.own(() => tf.tensor2d(x, [shape.samples, shape.positions * shape.inputs]));
        const trace = forward(network, apart(parameters), inputs, scope);
        const near = (found: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
          const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
          expected.forEach((value, index) => {
            expect(Math.abs(found[index]! - value) / scale).toBeLessThan(tolerance);
          });
        };
        near(trace.outputs.dataSync(), plain.outputs, 2e-5);
        const rows = jacobian((point) => plainBatch(shape, point, x).outputs, parameters);
        const expected = Array.from(parameters, (_, at) =>
          rows.reduce((sum, row, index) => sum + weights[index]! * row[at]!, 0),
        );
        const u = scope.own(() => tf.tensor2d(weights, [shape.samples, shape.outputs]));
        const found = gradients(trace, u).flat();
        near(
          found.flatMap((one) => Array.from(one.dataSync())),
          expected,
          3e-4,
        );
        const pushed = scope.own(() => pushForward(trace, apart(direction)));
        near(
          pushed.dataSync(),
          rows.map((row) => row.reduce((sum, value, at) => sum + value * direction[at]!, 0)),
          3e-4,
        );

        const start = initialState(network);
        const next = nextState(network, start, trace.layers);
        const count = shape.samples * shape.positions;
        const [mean, variance] = next[1]!.map((one) => one.dataSync());
        plain.statistics.forEach((batch, channel) => {
          expect(mean![channel]).toBeCloseTo(0.1 * batch.mean, 5);
          expect(variance![channel]).toBeCloseTo(0.9 + (0.1 * batch.variance * count) / (count - 1), 4);
        });
        tf.dispose([start, next, found]);
        scope.dispose();
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it('is a layer like any other when it is evaluated', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, seed) => {
        const network = normalisedNet(shape);
        const stream = randomStream(seed, 'state');
        const state = initialState(network).map((layer) =>
          layer.map((one) => {
            one.dispose();
            return tf.tensor1d(normalArray(stream, one.size, 0.3).map((value) => 1 + Math.abs(value)));
          }),
        );
        checkNetworkLaws(evaluatedNetwork(network, state), shape.samples, seed, 1e-4);
        tf.dispose(state);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses quantities of single samples by name', () => {
    const network = normalisedNet({ samples: 3, positions: 1, inputs: 2, channels: 2, outputs: 1 });
    const scope = new TensorScope();
    const parameters = initialParameters(network, 0);
    const trace = forward(
      network,
      parameters,
      scope.own(() => tf.randomNormal<tf.Rank.R2>([3, 2])),
      scope,
    );
    const named = /batch normalization: the samples of a batch are coupled/;
    expect(() => sensitivities(trace, scope)).toThrow(UndefinedProbeError);
    expect(() => sensitivities(trace, scope)).toThrow(named);
    for (const ask of ['rowGradients', 'kernel', 'outputSummedKernel'] as const) {
      expect(() => trace.layers[1]![ask](trace.outputs, 1)).toThrow(named);
    }
    tf.dispose(parameters);
    scope.dispose();
  });
});

it('gives the CNN of the paper 14 458 parameters, and a state beside them', () => {
  const model = cnn({
    blocks: [16, 32, 32].map((channels) => ({ channels, stride: 2 })),
    norm: 'batch',
    head: 'globalAverage',
    parameterization: 'standard',
  });
  const network = model.build(784, 10, { height: 28, width: 28, channels: 1 });
  const count = parameterDescriptions(network)
    .map(({ shape }) => shape.reduce((size, length) => size * length, 1))
    .reduce((sum, size) => sum + size, 0);
  expect(count).toBe(14_458);
  expect(stateDescriptions(network).map(({ name }) => name)).toEqual(
    [2, 4, 6].flatMap((index) => [`mean${index}`, `variance${index}`]),
  );
});

it('is refused inside a residual connection', () => {
  const norm = batchNormalization({
    index: 1,
    positions: 1,
    channels: 2,
    activation: 'tanh',
    epsilon: 1e-5,
    momentum: 0.1,
  });
  expect(() => residual([norm])).toThrow('residual: a layer that normalises by the batch');
});
