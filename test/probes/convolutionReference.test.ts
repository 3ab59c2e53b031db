import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { type CnnOptions, cnn } from '../../src/models/cnn.ts';
import type { SymmetricMatrix } from '../../src/probe.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { kernelMemory } from '../../src/probes/tangentKernelEigenpairs.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import type { ReferenceNet, ReferenceTensor } from '../reference/reference.ts';
import { relativeError } from './relativeError.ts';

interface ConvolutionNet extends ReferenceNet {
  readonly f: ReferenceTensor;
  readonly K: ReferenceTensor;
  readonly K_summed: ReferenceTensor;
  readonly K_eigenvalues: ReferenceTensor;
  readonly loss: number;
  readonly critical_lr_ntk: number;
  readonly J_input: ReferenceTensor;
  readonly G_frobenius: number;
}

/** Values computed in float64 by an independent program. */
const nets: Readonly<Record<string, ConvolutionNet>> = JSON.parse(
  readFileSync(new URL('../reference/convolution.json', import.meta.url), 'utf8'),
).nets;

const options: CnnOptions = {
  blocks: [{ channels: 4 }, { channels: 5, stride: 2 }],
  parameterization: 'standard',
};
const models = {
  cnn_gap: cnn({ ...options, head: 'globalAverage' }),
  cnn_flatten: cnn({ ...options, head: 'flatten' }),
};

/** Runs `look` on a lens with the reference's own parameters. */
function throughLens(name: keyof typeof models, look: (lens: ModelLens, net: ConvolutionNet) => void): void {
  const net = nets[name]!;
  const [, height, width, channels] = net.X.shape as [number, number, number, number];
  const dimension = height * width * channels;
  const scope = new TensorScope();
  const network = models[name].build(dimension, net.c, { height, width, channels });
  const names = [...net.param_order];
  const parameters = network.layers.map((layer) =>
    layer.parameters.map(({ shape }) => {
      const parameter = net.params[names.shift()!]!;
      expect(shape).toEqual(parameter.shape);
      return scope.own(() => tf.tensor([...parameter.data], [...shape]));
    }),
  );
  const inputs = Float32Array.from(net.X.data);
  const targets = Float32Array.from(net.y.data);
  const samples = samplesOf({ inputs, targets, size: net.n, dimension, outputs: net.c }, scope);
  const subject = { network, loss: squareLoss, classes: null, agopReference: undefined, stabilityLimit: 2 };
  look(new ModelLens(subject, parameters, samples, scope, kernelMemory(), 0), net);
  scope.dispose();
}

describe.each(backendsUnderTest)('convolutional networks against the float64 reference on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  describe.each(Object.keys(models) as (keyof typeof models)[])('%s', (name) => {
    it('outputs, loss and critical learning rate', () => {
      throughLens(name, (lens, net) => {
        expect(relativeError(lens.predictions() as Float32Array, net.f.data)).toBeLessThan(1e-5);
        expect(Math.abs((lens.loss() as number) / net.loss - 1)).toBeLessThan(1e-5);
        expect(Math.abs((lens.criticalLearningRate() as number) / net.critical_lr_ntk - 1)).toBeLessThan(1e-5);
      });
    });

    it('tangent kernel, full and summed over outputs', () => {
      throughLens(name, (lens, net) => {
        expect(relativeError((lens.tangentKernel() as SymmetricMatrix).values, net.K.data)).toBeLessThan(1e-5);
        const summed = lens.outputSummedTangentKernel() as SymmetricMatrix;
        expect(relativeError(summed.values, net.K_summed.data)).toBeLessThan(1e-5);
      });
    });

    it('every eigenvalue', () => {
      throughLens(name, (lens, net) => {
        const pairs = lens.tangentKernelEigenpairs(net.n * net.c) as { values: Float64Array };
        net.K_eigenvalues.data.forEach((value, k) => {
          expect(Math.abs(pairs.values[k]! - value) / pairs.values[0]!).toBeLessThan(1e-5);
        });
      });
    });

    it('AGOP', () => {
      throughLens(name, (lens, net) => {
        const [, , dimension] = net.J_input.shape as [number, number, number];
        const rows = net.J_input.data.length / dimension;
        const expected: number[] = [];
        for (let a = 0; a < dimension; a++) {
          for (let b = 0; b < dimension; b++) {
            let sum = 0;
            for (let row = 0; row < rows; row++) {
              sum += net.J_input.data[row * dimension + a]! * net.J_input.data[row * dimension + b]!;
            }
            expected.push(sum / net.n);
          }
        }
        const { values } = lens.agop() as SymmetricMatrix;
        expect(relativeError(values, expected)).toBeLessThan(1e-5);
        const norm = Math.hypot(...values);
        expect(Math.abs(norm / net.G_frobenius - 1)).toBeLessThan(1e-5);
      });
    });
  });
});
