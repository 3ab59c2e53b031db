import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import {
  gradientDecomposition,
  noiseTrace,
  squaredLength,
  twoBatchEstimate,
} from '../../src/probes/gradientDecomposition.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { decompositionReference } from '../reference/reference.ts';
import { lensOn } from './referenceLens.ts';
import { relativeError } from './relativeError.ts';

const { problem, points } = decompositionReference();
const model = mlp({ widths: [4], activation: 'tanh', parameterization: 'standard' });

describe.each(backendsUnderTest)('gradients against the float64 reference on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  describe.each(['initial', 'later'] as const)('at the %s parameters', (at) => {
    const point = points[at];
    const rowsOf = (data: readonly number[], width: number, rows: readonly number[]) =>
      rows.flatMap((row) => data.slice(row * width, (row + 1) * width));
    const gradientOf = (rows: readonly number[]): Float32Array => {
      const X = { shape: [rows.length, 3], data: rowsOf(problem.X.data, 3, rows) };
      const { lens, scope } = lensOn(
        model,
        { n: rows.length, c: 2, X, params: point.params },
        rowsOf(problem.Y.data, 2, rows),
      );
      const gradient = lens.gradient() as Float32Array;
      scope.dispose();
      return gradient;
    };
    const all = Array.from({ length: problem.N }, (_, row) => row);

    it('full gradient, batch gradients and their decomposition', () => {
      const full = gradientOf(all);
      expect(relativeError(full, point.full_gradient.data)).toBeLessThan(1e-5);
      point.batches.forEach((expected, index) => {
        const batch = gradientOf(problem.batches[index]!);
        expect(relativeError(batch, expected.batch_gradient.data)).toBeLessThan(1e-5);
        const found = gradientDecomposition(batch, full);
        // A projection that is small against its parts keeps their error.
        const scale = expected.norm / expected.projection_norm;
        expect(Math.abs(found.cosine - expected.cosine)).toBeLessThan(1e-5);
        expect(Math.abs(found.coefficient / expected.coefficient - 1)).toBeLessThan(1e-5 * scale);
        expect(Math.abs(found.projectionNorm / expected.projection_norm - 1)).toBeLessThan(1e-5 * scale);
        expect(Math.abs(found.noiseNorm / expected.noise_norm - 1)).toBeLessThan(1e-5);
        expect(Math.abs(found.batchNorm / expected.norm - 1)).toBeLessThan(1e-5);
      });
    });

    it('noise scale from the gradients of single samples', () => {
      const { lens, scope } = lensOn(model, { n: problem.N, c: 2, X: problem.X, params: point.params }, problem.Y.data);
      const norms = lens.sampleGradientNorms() as Float64Array;
      const width = point.full_gradient.data.length;
      const expected = all.map((row) =>
        rowsOf(point.per_sample_gradients.data, width, [row]).reduce((sum, value) => sum + value * value, 0),
      );
      expect(relativeError(norms, expected)).toBeLessThan(1e-5);
      const squares = squaredLength(lens.gradient() as Float32Array);
      const trace = noiseTrace(norms, squares);
      expect(Math.abs(trace / point.trace_sigma_unbiased - 1)).toBeLessThan(1e-5);
      expect(Math.abs(trace / squares / point.B_simple_unbiased - 1)).toBeLessThan(1e-5);
      scope.dispose();
    });

    it('noise scale from two batch sizes, negative where it is', () => {
      const { n_small, n_big, batches_used, G2_estimate, trace_sigma_estimate } = point.two_size_estimator;
      const squares = problem.batches.slice(0, batches_used).map((rows) => squaredLength(gradientOf(rows)));
      const found = twoBatchEstimate(
        { size: n_small, squaredNorm: squares.reduce((sum, value) => sum + value, 0) / batches_used },
        { size: n_big, squaredNorm: squaredLength(gradientOf(all)) },
      );
      expect(Math.abs(found.noiseTrace / trace_sigma_estimate - 1)).toBeLessThan(1e-5);
      expect(Math.abs(found.squaredGradient / G2_estimate - 1)).toBeLessThan(1e-5);
      expect(Math.sign(found.squaredGradient)).toBe(at === 'initial' ? 1 : -1);
    });
  });
});
