import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { cnn } from '../../src/models/cnn.ts';
import type { Eigenpairs, Estimate } from '../../src/probe.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { type ReferenceTensor, referenceNets } from '../reference/reference.ts';
import { lensOn, models, referenceLens } from './referenceLens.ts';
import { relativeError } from './relativeError.ts';

const nets = referenceNets('hessian');
const names = (Object.keys(models) as (keyof typeof models)[]).filter((name) => name in nets);

const convolutions = referenceNets('convolution');
const blocks = [{ channels: 4 }, { channels: 5, stride: 2 }];
/** Head, and the largest and the smallest eigenvalue of the Hessian. */
const extremes = [
  ['cnn_gap', 'globalAverage', 54.45673574369389, -2.717709992643709],
  ['cnn_flatten', 'flatten', 73.28574953496623, -17.714656118382326],
] as const;

describe.each(backendsUnderTest)('curvature against the float64 reference on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  describe.each(names)('%s', (name) => {
    const net = nets[name]!;
    const expected = net as unknown as Record<string, ReferenceTensor & number>;

    it('gradient and product with a direction', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      expect(relativeError(lens.gradient() as Float32Array, expected.grad!.data)).toBeLessThan(1e-5);
      const direction = Float32Array.from(expected.probe_vector!.data);
      const product = lens.hessianProduct(direction) as Float32Array;
      expect(relativeError(product, expected.hessian_times_probe!.data)).toBeLessThan(1e-5);
      expect(() => lens.hessianProduct(direction.subarray(1))).toThrow(`expected ${direction.length}`);
      scope.dispose();
    });

    it('eigenvalues at both ends, the top eigenvector, and the largest in size', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      const top = lens.hessianEigenpairs(3) as Eigenpairs;
      expect(top.residual).toBeLessThan(1e-5);
      expect(relativeError(top.values, expected.hessian_top3_eigenvalues!.data)).toBeLessThan(1e-5);
      const bottom = lens.hessianEigenpairs(3, 'smallest') as Eigenpairs;
      expect(relativeError(bottom.values, [...expected.hessian_bottom3_eigenvalues!.data].reverse())).toBeLessThan(
        1e-5,
      );
      const vector = top.vectors.subarray(0, top.order);
      const reference = expected.hessian_top_eigenvector!.data;
      const sign = Math.sign(vector.reduce((sum, value, index) => sum + value * reference[index]!, 0));
      expect(
        relativeError(
          vector.map((value) => sign * value),
          reference,
        ),
      ).toBeLessThan(1e-4);
      const both = [...expected.hessian_top3_eigenvalues!.data, ...expected.hessian_bottom3_eigenvalues!.data];
      const largest = both.sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 3);
      expect(relativeError((lens.hessianEigenpairs(3, 'magnitude') as Eigenpairs).values, largest)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('the local limit of the learning rate and the Gauss-Newton eigenvalue', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      const limit = lens.hessianCriticalLearningRate() as number;
      expect(Math.abs(limit / expected.two_over_lambda_max! - 1)).toBeLessThan(1e-5);
      const [gaussNewton] = expected.gauss_newton_top3_eigenvalues!.data;
      expect(Math.abs((lens.gaussNewtonEigenvalue() as number) / gaussNewton! - 1)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('the estimate of the trace is as far off as its standard error says', () => {
      const { lens, scope } = referenceLens(name, net, net.y.data);
      const { value, standardError } = lens.hessianTraceEstimate(100) as Estimate;
      // 2 (|H|^2 - |diagonal|^2) a direction, at most.
      expect(standardError).toBeLessThan(expected.hessian_frobenius! * Math.sqrt(2 / 100) * 1.3);
      expect(Math.abs(value - expected.hessian_trace!)).toBeLessThan(4 * standardError);
      scope.dispose();
    });
  });

  it.each(extremes)('%s: both ends of the Hessian through convolutions', (name, head, largest, smallest) => {
    const net = convolutions[name]!;
    const { lens, scope } = lensOn(cnn({ blocks, head, parameterization: 'standard' }), net, net.y.data);
    expect(Math.abs((lens.hessianEigenpairs(1) as Eigenpairs).values[0]! / largest - 1)).toBeLessThan(1e-5);
    const found = (lens.hessianEigenpairs(1, 'smallest') as Eigenpairs).values[0]!;
    expect(Math.abs(found / smallest - 1)).toBeLessThan(1e-5);
    scope.dispose();
  });
});
