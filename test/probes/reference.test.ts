import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import type { Eigenpairs, LossSplit, SymmetricMatrix } from '../../src/probe.ts';
import type { ReferenceTensor } from '../reference/reference.ts';
import { referenceNets } from '../reference/reference.ts';
import { models, referenceLens } from './referenceLens.ts';

/** |a - b| / |b| in the Frobenius norm. */
function relativeError(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  let error = 0;
  let norm = 0;
  expected.forEach((value, index) => {
    error += (found[index]! - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(error / norm);
}

const kernels = referenceNets('tangent-kernel');
const agops = referenceNets('agop');

describe.each(['wasm', 'cpu'] as const)('probes against the float64 reference on %s', (backend) => {
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
  });
});
