import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import type { OptimizerState } from '../../src/optimizers/optimizer.ts';
import type { Eigenpairs } from '../../src/probe.ts';
import { hessianEigenpairs } from '../../src/probes/hessianEigenpairs.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { jacobian } from '../models/finiteDifferences.ts';
import { type PlainLoss, parameterCount } from '../models/plainMlp.ts';
import { type RandomNet, randomNets } from '../models/randomNets.ts';
import { bareOptimizers } from '../optimizers/everyOptimizer.ts';
import { gaussNewton, inner, losses, lossOf, parameterJacobian, targetsFor } from './plainQuantities.ts';
import { throughLens } from './randomLens.ts';

/** A unit vector over the parameters. */
function direction({ net, seed }: RandomNet): Float64Array {
  const vector = Float64Array.from(normalArray(randomStream(seed, 'direction'), parameterCount(net), 1));
  const length = Math.hypot(...vector);
  return vector.map((value) => Math.fround(value / length));
}

/** H v by differences of gradients that are differences themselves; good to some 1e-6. */
function plainHessianProduct(random: RandomNet, loss: PlainLoss, targets: readonly number[][], v: Float64Array) {
  const gradientAt = (length: number) =>
    jacobian(
      (at) => [lossOf(random, loss, targets, at)],
      random.parameters.map((value, index) => value + length * v[index]!),
    )[0]!;
  const h = 1e-3;
  const [above, below] = [gradientAt(h), gradientAt(-h)];
  return above.map((value, index) => (value - below[index]!) / (2 * h));
}

/** Largest eigenvalue of P^{-1} H by power iteration, H positive semidefinite and P definite: real and positive. */
function largestByPower(apply: (v: Float64Array) => Float64Array, order: number): number {
  let v = Float64Array.from({ length: order }, (_, i) => 1 + (i % 3));
  let value = 0;
  for (let turn = 0; turn < 3000; turn++) {
    const image = apply(v);
    const length = Math.hypot(...image);
    if (Math.abs(length - value) < 1e-10 * length && turn > 50) return length;
    value = length;
    v = image.map((entry) => entry / length);
  }
  return value;
}

describe.each(backendsUnderTest)('curvature of random nets against float64 on %s', (backend) => {
  const runs = { numRuns: backend === 'wasm' ? 60 : 15 };
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.keys(losses) as PlainLoss[])('products of the Hessian of the %s loss', (loss) => {
    fc.assert(
      fc.property(losses[loss], (random) => {
        const targets = targetsFor(loss, random);
        const v = direction(random);
        const expected = plainHessianProduct(random, loss, targets, v);
        throughLens(random, { loss, targets }, (lens) => {
          const found = lens.hessianProduct(Float32Array.from(v)) as Float32Array;
          const error = Math.hypot(...expected.map((value, index) => found[index]! - value));
          // Terms of several samples may cancel: the error scales with their size, that of the gradients about.
          const scale = Math.hypot(...expected) + (lens.loss() as number) + 1;
          expect(error).toBeLessThan(2e-5 * scale);
        });
      }),
      runs,
    );
  });

  it('eigenvalues at every end are those of the matrix that the products make', () => {
    fc.assert(
      fc.property(
        randomNets({ hiddenLayers: 2, width: 3, samples: 4, dimension: { min: 1, max: 3 } }),
        fc.integer({ min: 1, max: 4 }),
        (random, rank) => {
          const targets = targetsFor('square', random);
          throughLens(random, { targets }, (lens) => {
            const order = parameterCount(random.net);
            const matrix = new Float64Array(order * order);
            for (let a = 0; a < order; a++) {
              const unit = new Float32Array(order);
              unit[a] = 1;
              matrix.set(lens.hessianProduct(unit) as Float32Array, a * order);
            }
            for (let a = 0; a < order; a++) {
              for (let b = 0; b < a; b++) {
                const mean = (matrix[a * order + b]! + matrix[b * order + a]!) / 2;
                matrix[a * order + b] = mean;
                matrix[b * order + a] = mean;
              }
            }
            const { values } = symmetricEigen(matrix, order);
            const largest = Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));
            const expected = {
              largest: values,
              smallest: values.slice().reverse(),
              magnitude: values.slice().sort((a, b) => Math.abs(b) - Math.abs(a)),
            };
            for (const end of ['largest', 'smallest', 'magnitude'] as const) {
              const pairs = hessianEigenpairs(lens, rank, end) as Eigenpairs;
              pairs.values.forEach((value, k) => {
                const wanted = expected[end][k]!;
                const [found, sought] = end === 'magnitude' ? [Math.abs(value), Math.abs(wanted)] : [value, wanted];
                expect(Math.abs(found - sought)).toBeLessThan(3e-5 * largest + 1e-6);
              });
            }
          });
        },
      ),
      { numRuns: runs.numRuns / 3 },
    );
  });

  it('eigenpairs of the tangent kernel without forming it', () => {
    fc.assert(
      fc.property(randomNets(), fc.integer({ min: 1, max: 6 }), (random, rank) => {
        const rows = parameterJacobian(random);
        const order = rows.length;
        const { values } = symmetricEigen(Float64Array.from(rows.flatMap((a) => rows.map((b) => inner(a, b)))), order);
        throughLens(random, { largestFormedKernel: 0 }, (lens) => {
          const pairs = lens.tangentKernelEigenpairs(rank) as Eigenpairs;
          expect(pairs.residual).toBeLessThan(2e-5);
          pairs.values.forEach((value, k) => {
            expect(Math.abs(value - values[k]!)).toBeLessThanOrEqual(2e-5 * values[0]! + 1e-7);
          });
        });
      }),
      runs,
    );
  });

  it('more than 5000 outputs of samples: no kernel is formed, and the answer is that of J^T J', () => {
    const net = {
      inputs: 2,
      widths: [2],
      outputs: 1,
      activation: 'tanh',
      parameterization: 'standard',
      bias: false,
    } as const;
    const stream = randomStream(8, 'many samples');
    const numbers = (count: number) => [...normalArray(stream, count, 1)];
    const random: RandomNet = {
      net,
      parameters: numbers(parameterCount(net)),
      inputs: Array.from({ length: 5001 }, () => numbers(2)),
      seed: 8,
    };
    const rows = parameterJacobian(random);
    const order = parameterCount(net);
    const gram = Float64Array.from({ length: order * order }, (_, at) =>
      rows.reduce((sum, row) => sum + row[Math.floor(at / order)]! * row[at % order]!, 0),
    );
    const { values } = symmetricEigen(gram, order);
    throughLens(random, {}, (lens) => {
      Object.defineProperty(lens, 'tangentKernel', {
        value: () => {
          throw new Error('25 million entries');
        },
      });
      const pairs = lens.tangentKernelEigenpairs(2) as Eigenpairs;
      expect(pairs.order).toBe(5001);
      for (const k of [0, 1]) expect(Math.abs(pairs.values[k]! / values[k]! - 1)).toBeLessThan(1e-5);
    });
  });

  it.each(Object.keys(losses) as PlainLoss[])(
    'critical learning rate of the %s loss without the kernel, and with a diagonal preconditioner',
    (loss) => {
      fc.assert(
        fc.property(losses[loss], (random) => {
          const targets = targetsFor(loss, random);
          const order = parameterCount(random.net);
          const matrix = gaussNewton(random, loss, targets);
          const stream = randomStream(random.seed, 'preconditioner');
          const inverse = Float32Array.from({ length: order }, () => Math.exp(stream.normal()));
          const weighted = matrix.map(
            (entry, index) => entry * Math.sqrt(inverse[Math.floor(index / order)]! * inverse[index % order]!),
          );
          const plain = symmetricEigen(matrix, order).values[0]!;
          // A saturated net has no curvature to speak of, and finite differences none to find.
          fc.pre(plain > 1e-2);
          const preconditioned = symmetricEigen(weighted, order).values[0]!;
          const precondition = (directions: readonly tf.Tensor[]) => {
            let at = 0;
            return directions.map((one) => {
              at += one.size;
              return tf.tidy(() => tf.mul(one, tf.tensor(inverse.slice(at - one.size, at), one.shape)) as tf.Tensor);
            });
          };
          const choice = { loss, targets, stabilityLimit: 3 };
          throughLens(random, { ...choice, largestFormedKernel: 0 }, (lens) => {
            expect(Math.abs(((lens.criticalLearningRate() as number) * plain) / 3 - 1)).toBeLessThan(1e-4);
          });
          throughLens(random, { ...choice, precondition }, (lens) => {
            const found = lens.preconditionedCriticalLearningRate() as number;
            expect(Math.abs((found * preconditioned) / 3 - 1)).toBeLessThan(1e-4);
            expect(() => lens.criticalLearningRate()).toThrow('preconditioned optimizer');
          });
        }),
        { numRuns: runs.numRuns / 3 },
      );
    },
  );

  it.each(Object.keys(bareOptimizers))(
    'critical learning rate under %s, null before it has a preconditioner',
    (name) => {
      const [random] = fc.sample(
        randomNets({ hiddenLayers: 2, samples: 5, dimension: { min: 3, max: 3 }, outputs: { min: 2, max: 2 } }).filter(
          ({ net, inputs }) => net.widths.length === 2 && net.activation !== 'relu' && inputs.length > 2,
        ),
        { numRuns: 1, seed: 5 },
      ) as [RandomNet];
      const targets = targetsFor('square', random);
      const order = parameterCount(random.net);
      const matrix = gaussNewton(random, 'square', targets);
      const optimizer = bareOptimizers[name]!;
      const state: { current?: OptimizerState } = {};
      const precondition = (directions: readonly tf.Tensor[]) => state.current!.precondition(directions);
      throughLens(random, { targets, precondition, stabilityLimit: optimizer.stabilityLimit }, (lens) => {
        const parameters = lens.subject.network.layers.flatMap((layer, group) =>
          layer.parameters.map((parameter) => ({ name: parameter.name, shape: parameter.shape, group })),
        );
        state.current = optimizer.start({ parameters, batchSize: 5 });
        const atStart = state.current.precondition(lens.parameters.flat());
        if (atStart === null) expect(lens.preconditionedCriticalLearningRate()).toBeNull();
        if (atStart !== null) tf.dispose(atStart);
        const stream = randomStream(3, 'gradients');
        for (let step = 0; step < 4; step++) {
          const gradients = parameters.map(({ shape }) => {
            const size = shape.reduce((product, length) => product * length, 1);
            return tf.tensor(normalArray(stream, size, 1), [...shape]);
          });
          const updated = state.current.update({
            parameters: lens.parameters.flat(),
            gradients,
            learningRate: 0.01,
            gradientsAt: () => [],
          }) as tf.Tensor[];
          tf.dispose([...gradients, ...updated]);
        }
        // P^{-1}, column by column.
        const inverse = Array.from({ length: order }, (_, column) => {
          let at = 0;
          const units = parameters.map(({ shape }) => {
            const size = shape.reduce((product, length) => product * length, 1);
            const values = new Float32Array(size);
            if (column >= at && column < at + size) values[column - at] = 1;
            at += size;
            return tf.tensor(values, [...shape]);
          });
          const images = state.current!.precondition(units)!;
          const values = images.flatMap((image) => [...image.dataSync()]);
          tf.dispose([...units, ...images]);
          return values;
        });
        const largest = largestByPower((v) => {
          const curved = Array.from(v, (_, a) => v.reduce((sum, value, b) => sum + matrix[a * order + b]! * value, 0));
          return Float64Array.from(v, (_, a) => curved.reduce((sum, value, b) => sum + inverse[b]![a]! * value, 0));
        }, order);
        // What was null stays so for the step; a fresh lens of the same state asks again.
        throughLens(random, { targets, precondition, stabilityLimit: optimizer.stabilityLimit }, (later) => {
          const found = later.preconditionedCriticalLearningRate() as number;
          // Rounding to bfloat16 makes P^{-1} a little nonlinear and unsymmetric.
          const tolerance = name.includes('bfloat16') ? 0.05 : 1e-4;
          expect(Math.abs((found * largest) / optimizer.stabilityLimit - 1)).toBeLessThan(tolerance);
        });
        state.current.dispose();
      });
    },
  );
});
