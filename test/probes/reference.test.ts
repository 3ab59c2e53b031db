import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import type { Eigenpairs, FeatureCorrelation, LossSplit, SymmetricMatrix } from '../../src/probe.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import type { ReferenceTensor } from '../reference/reference.ts';
import { referenceNets } from '../reference/reference.ts';
import { models, referenceLens } from './referenceLens.ts';
import { relativeError } from './relativeError.ts';

const kernels = referenceNets('tangent-kernel');
const agops = referenceNets('agop');

describe.each(backendsUnderTest)('probes against the float64 reference on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  describe.each(Object.keys(models) as (keyof typeof models)[])('%s', (name) => {
    const net = kernels[name]!;
    const expected = net as unknown as Record<string, ReferenceTensor & number>;

    it('predictions and loss', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      expect(relativeError(lens.predictions() as Float32Array, expected.f!.data)).toBeLessThan(1e-5);
      expect(Math.abs((lens.loss() as number) / expected.loss! - 1)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('tangent kernel, full and summed over outputs', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      const full = lens.tangentKernel() as SymmetricMatrix;
      const summed = lens.outputSummedTangentKernel() as SymmetricMatrix;
      expect(full.order).toBe(net.n * net.c);
      expect(relativeError(full.values, expected.K!.data)).toBeLessThan(1e-5);
      expect(summed.order).toBe(net.n);
      expect(relativeError(summed.values, expected.K_summed!.data)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('every eigenvalue, the top eigenvectors and their residual', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      const order = net.n * net.c;
      const pairs = lens.tangentKernelEigenpairs(order) as Eigenpairs;
      expect(pairs.residual).toBeLessThan(1e-6);
      expected.K_eigenvalues!.data.forEach((value, k) => {
        expect(Math.abs(pairs.values[k]! - value) / pairs.values[0]!).toBeLessThan(1e-5);
      });
      const top = lens.tangentKernelEigenpairs(3) as Eigenpairs;
      const gaps = expected.K_top3_gaps!.data;
      for (let k = 0; k < 3; k++) {
        const found = top.vectors.subarray(k * order, (k + 1) * order);
        const reference = expected.K_top3_eigenvectors!.data.slice(k * order, (k + 1) * order);
        const sign = Math.sign(found.reduce((sum, value, i) => sum + value * reference[i]!, 0));
        expect(
          relativeError(
            found.map((value) => sign * value),
            reference,
          ),
        ).toBeLessThan(3e-6 / gaps[k]!);
      }
      scope.dispose();
    });

    it('split of the loss for each rank', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      for (const { s, top, complement, relative_gap } of net.loss_split as {
        s: number;
        top: number;
        complement: number;
        relative_gap: number;
      }[]) {
        const split = lens.lossSplit(s) as LossSplit;
        const tolerance = 1e-5 * Math.max(1, 0.1 / relative_gap);
        expect(Math.abs(split.top - top) / expected.loss!).toBeLessThan(tolerance);
        expect(Math.abs(split.complement - complement) / expected.loss!).toBeLessThan(tolerance);
      }
      scope.dispose();
    });

    it('critical learning rate', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      expect(Math.abs((lens.criticalLearningRate() as number) / expected.critical_lr_ntk! - 1)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('AGOP and its alignment, by the d x d matrix and by Gram matrices', () => {
      const net = agops[name]!;
      const targets = new Array<number>(net.n * net.c).fill(0);
      const dimension = net.X.shape[1]!;
      for (const [, value] of Object.entries(
        net.alignment as Record<string, { G_star_block: ReferenceTensor; cosine: number }>,
      )) {
        const matrix = new Float64Array(dimension * dimension);
        for (let a = 0; a < 4; a++) {
          for (let b = 0; b < 4; b++) matrix[a * dimension + b] = value.G_star_block.data[a * 4 + b]!;
        }
        const { lens, scope } = referenceLens(name, net, targets, { from: 'the reference', matrix });
        const { values } = lens.agop() as SymmetricMatrix;
        expect(relativeError(values, (net.G as ReferenceTensor).data)).toBeLessThan(1e-5);
        expect(Math.abs((lens.agopAlignment() as number) / value.cosine - 1)).toBeLessThan(1e-5);
        scope.dispose();
      }
    });

    it('AGOP of each output, its trace and its eigenpairs', () => {
      const net = agops[name]!;
      const { G, G_trace, G_top5_eigenvalues, J_input } = net as unknown as Record<string, ReferenceTensor & number>;
      const { lens, scope } = referenceLens(name, net, new Array<number>(net.n * net.c).fill(0));
      const dimension = net.X.shape[1]!;
      expect(Math.abs((lens.agopTrace() as number) / G_trace! - 1)).toBeLessThan(1e-5);
      const rank = Math.min(3, dimension);
      const pairs = lens.agopEigenpairs(rank) as Eigenpairs;
      expect(relativeError(pairs.values, G_top5_eigenvalues!.data.slice(0, rank))).toBeLessThan(1e-5);
      const { vectors } = pairs;
      pairs.values.forEach((value, k) => {
        const image = Array.from({ length: dimension }, (_, a) =>
          Array.from({ length: dimension }, (_, b) => G!.data[a * dimension + b]! * vectors[k * dimension + b]!).reduce(
            (sum, term) => sum + term,
          ),
        );
        const expected = Array.from(vectors.subarray(k * dimension, (k + 1) * dimension), (entry) => value * entry);
        expect(relativeError(image, expected)).toBeLessThan((2e-5 * pairs.values[0]!) / value);
      });
      let sum = 0;
      for (let output = 0; output < net.c; output++) {
        const found = lens.agop(output) as SymmetricMatrix;
        const plain = new Array<number>(dimension * dimension).fill(0);
        for (let i = 0; i < net.n; i++) {
          const gradient = J_input!.data.slice((i * net.c + output) * dimension, (i * net.c + output + 1) * dimension);
          for (let a = 0; a < dimension; a++) {
            for (let b = 0; b < dimension; b++) plain[a * dimension + b]! += (gradient[a]! * gradient[b]!) / net.n;
          }
        }
        expect(relativeError(found.values, plain)).toBeLessThan(1e-5);
        sum += lens.agopTrace(output) as number;
      }
      expect(Math.abs(sum / G_trace! - 1)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('neural feature matrix and its likeness to the AGOP', () => {
      const net = agops[name]!;
      const expected = net.nfm as Record<string, ReferenceTensor & number> | null;
      const { lens, scope } = referenceLens(name, net, new Array<number>(net.n * net.c).fill(0));
      if (expected === null) {
        expect(() => lens.featureMatrix()).toThrow('not dense');
      } else {
        expect(relativeError((lens.featureMatrix() as SymmetricMatrix).values, expected.M!.data)).toBeLessThan(1e-5);
        const plain = lens.featureCorrelation() as FeatureCorrelation;
        expect(Math.abs(plain.cosine / expected.cosine_M_G! - 1)).toBeLessThan(1e-5);
        expect(Math.abs(plain.correlation / expected.pearson_M_G! - 1)).toBeLessThan(1e-5);
        const root = lens.featureCorrelation(true) as FeatureCorrelation;
        expect(Math.abs(root.cosine / expected.cosine_M_sqrtG! - 1)).toBeLessThan(1e-5);
        expect(Math.abs(root.correlation / expected.pearson_M_sqrtG! - 1)).toBeLessThan(1e-5);
      }
      scope.dispose();
    });
  });
});
