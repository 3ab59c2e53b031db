import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { gradients } from '../../src/models/model.ts';
import type { Eigenpairs, LossSplit, SymmetricMatrix } from '../../src/probe.ts';
import { randomStream } from '../../src/randomness.ts';
import type { AgopReference } from '../../src/tasks/task.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { jacobian } from '../models/finiteDifferences.ts';
import { type PlainLoss, parameterCount, plainForward } from '../models/plainMlp.ts';
import { randomNets } from '../models/randomNets.ts';
import { gaussNewton, inner, losses, lossOf, parameterJacobian, plainAgop, targetsFor } from './plainQuantities.ts';
import { throughLens } from './randomLens.ts';

/**
 * A float32 net of up to four layers rounds some tens of times at 6e-8, and TensorFlow.js's erf is a formula good
 * to 1.5e-7: 2e-5 of the norm is an order above what both can do, and three below any wrong factor.
 */
const tolerance = 2e-5;

function expectClose(found: ArrayLike<number>, expected: readonly number[], scale = 0): void {
  expect(found.length).toBe(expected.length);
  const error = Math.hypot(...expected.map((value, index) => found[index]! - value));
  expect(error).toBeLessThanOrEqual(tolerance * (Math.hypot(...expected) + scale) + 1e-6);
}

describe.each(backendsUnderTest)('probes of random nets against finite differences in float64 on %s', (backend) => {
  const runs = { numRuns: backend === 'wasm' ? 150 : 40 };
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it('predictions', () => {
    fc.assert(
      fc.property(randomNets(), (random) => {
        const { net, parameters, inputs } = random;
        const found = throughLens(random, {}, (lens) => lens.predictions() as Float32Array);
        expectClose(
          found,
          inputs.flatMap((x) => plainForward(net, parameters, x).outputs),
        );
      }),
      runs,
    );
  });

  it('tangent kernel, full and summed over outputs', () => {
    fc.assert(
      fc.property(randomNets(), (random) => {
        const rows = parameterJacobian(random);
        const c = random.net.outputs;
        const n = random.inputs.length;
        throughLens(random, {}, (lens) => {
          const full = lens.tangentKernel() as SymmetricMatrix;
          expect(full.order).toBe(n * c);
          expectClose(
            full.values,
            rows.flatMap((a) => rows.map((b) => inner(a, b))),
          );
          const summed = lens.outputSummedTangentKernel() as SymmetricMatrix;
          expect(summed.order).toBe(n);
          expectClose(
            summed.values,
            Array.from({ length: n * n }, (_, index) => {
              const [i, j] = [Math.floor(index / n), index % n];
              let sum = 0;
              for (let o = 0; o < c; o++) sum += inner(rows[i * c + o]!, rows[j * c + o]!);
              return sum;
            }),
          );
        });
      }),
      runs,
    );
  });

  it('AGOP', () => {
    fc.assert(
      fc.property(randomNets(), (random) => {
        const found = throughLens(random, {}, (lens) => lens.agop() as SymmetricMatrix);
        expect(found.order).toBe(random.net.inputs);
        expectClose(found.values, plainAgop(random));
      }),
      runs,
    );
  });

  describe.each([
    ['fewer gradients than inputs: Gram matrices', randomNets({ samples: 2, dimension: { min: 7, max: 10 } })],
    ['no fewer gradients than inputs: the d x d matrix', randomNets({ dimension: { min: 1, max: 1 } })],
    ['either', randomNets()],
  ])('AGOP alignment, %s', (_, nets) => {
    it.each(['diagonal', 'matrix'] as const)('with a %s reference', (kind) => {
      fc.assert(
        fc.property(nets, (random) => {
          const d = random.net.inputs;
          const stream = randomStream(random.seed, 'reference');
          const entries = Float64Array.from({ length: kind === 'diagonal' ? d : d * d }, () =>
            Math.fround(stream.normal()),
          );
          if (kind === 'matrix') {
            for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) entries[a * d + b] = entries[b * d + a]!;
          }
          const agopReference: AgopReference = { from: 'a test', [kind]: entries };
          const full =
            kind === 'matrix'
              ? [...entries]
              : Array.from({ length: d * d }, (_, index) =>
                  Math.floor(index / d) === index % d ? entries[index % d]! : 0,
                );
          const matrix = plainAgop(random);
          fc.pre(Math.hypot(...matrix) > 1e-3);
          const expected = inner(matrix, full) / (Math.hypot(...matrix) * Math.hypot(...full));
          const found = throughLens(random, { agopReference }, (lens) => lens.agopAlignment() as number);
          expect(Math.abs(found - expected)).toBeLessThan(tolerance);
        }),
        runs,
      );
    });
  });

  it.each(Object.keys(losses) as PlainLoss[])('value and training gradients of the %s loss, by both routes', (loss) => {
    fc.assert(
      fc.property(losses[loss], (random) => {
        const targets = targetsFor(loss, random);
        const plain = (at: ArrayLike<number>) => lossOf(random, loss, targets, at);
        const expected = jacobian((at) => [plain(at)], random.parameters)[0]!;
        throughLens(random, { loss, targets }, (lens) => {
          const value = lens.loss() as number;
          expect(Math.abs(value - plain(random.parameters))).toBeLessThanOrEqual(tolerance * (1 + value));
          const { loss: own } = lens.subject;
          const predictions = lens.predictions() as Float32Array;
          for (const known of [undefined, lens.sensitivities()]) {
            const found = tf.tidy(() => {
              const outputGradient = tf.tensor2d(own.outputGradient(predictions, lens.samples.targets, lens.size), [
                lens.size,
                lens.outputs,
              ]);
              return gradients(lens.trace(), outputGradient, known)
                .flat()
                .flatMap((gradient) => [...gradient.dataSync()]);
            });
            // Gradients of several samples may cancel: the error scales with the terms, whose size is about 1.
            expectClose(found, expected, 0.1 * Math.sqrt(1 + value));
          }
        });
      }),
      runs,
    );
  });

  it.each(Object.keys(losses) as PlainLoss[])('critical learning rate of the %s loss with momentum', (loss) => {
    const nets =
      loss === 'square'
        ? randomNets({ hiddenLayers: 2, width: 3, samples: 4 })
        : randomNets({
            hiddenLayers: 2,
            width: 3,
            samples: 4,
            outputs: loss === 'logistic' ? { min: 1, max: 1 } : { min: 2, max: 3 },
          });
    fc.assert(
      fc.property(nets, fc.double({ min: 0, max: 0.99, noNaN: true }), (random, momentum) => {
        const targets = targetsFor(loss, random);
        const { values } = symmetricEigen(gaussNewton(random, loss, targets), parameterCount(random.net));
        // A saturated net has no curvature to speak of, and finite differences none to find.
        fc.pre(values[0]! > 1e-2);
        const expected = ((1 + momentum) * 2) / values[0]!;
        const found = throughLens(
          random,
          { loss, targets, stabilityLimit: 2 * (1 + momentum) },
          (lens) => lens.criticalLearningRate() as number,
        );
        expect(Math.abs(found / expected - 1)).toBeLessThan(1e-4);
      }),
      { numRuns: 40 },
    );
  });

  it('eigenpairs and the split of the loss', () => {
    fc.assert(
      fc.property(randomNets(), fc.integer({ min: 1, max: 20 }), (random, rank) => {
        const targets = targetsFor('square', random);
        const rows = parameterJacobian(random);
        const order = rows.length;
        const kernel = Float64Array.from(rows.flatMap((a) => rows.map((b) => inner(a, b))));
        const { values, vectors } = symmetricEigen(kernel, order);
        const top = Math.min(rank, order);
        const residual = random.inputs.flatMap((x, i) =>
          plainForward(random.net, random.parameters, x).outputs.map((f, o) => f - targets[i]![o]!),
        );
        // The span is well defined only where the spectrum has a gap behind it.
        const gap = top < order ? (values[top - 1]! - values[top]!) / values[0]! : 1;
        fc.pre(gap > 1e-2);
        const expected = Array.from({ length: top }, (_, k) =>
          inner([...vectors.subarray(k * order, (k + 1) * order)], residual),
        ).reduce((sum, coefficient) => sum + coefficient ** 2 / random.inputs.length, 0);
        throughLens(random, { targets }, (lens) => {
          const pairs = lens.tangentKernelEigenpairs(rank) as Eigenpairs;
          expect(pairs.values.length).toBe(top);
          pairs.values.forEach((value, k) => {
            expect(Math.abs(value - values[k]!)).toBeLessThanOrEqual(tolerance * values[0]!);
          });
          const total = lens.loss() as number;
          const split = lens.lossSplit(rank) as LossSplit;
          expect(Math.abs(split.top + split.complement - total)).toBeLessThanOrEqual(tolerance * (total + 0.1));
          expect(Math.abs(split.top - expected)).toBeLessThanOrEqual((tolerance / gap) * (total + 0.1));
        });
      }),
      runs,
    );
  });

  it('the share of a rise: that of the top eigenspace for the square loss', () => {
    fc.assert(
      fc.property(randomNets(), fc.integer({ min: 1, max: 5 }), (random, rank) => {
        const targets = targetsFor('square', random);
        const rows = parameterJacobian(random);
        const order = rows.length;
        const { values, vectors } = symmetricEigen(
          Float64Array.from(rows.flatMap((a) => rows.map((b) => inner(a, b)))),
          order,
        );
        const top = Math.min(rank, order);
        const gap = top < order ? (values[top - 1]! - values[top]!) / values[0]! : 1;
        fc.pre(gap > 0.05);
        const now = random.inputs.flatMap((x) => plainForward(random.net, random.parameters, x).outputs);
        const stream = randomStream(random.seed, 'before');
        const before = now.map((_, index) => Math.fround(targets.flat()[index]! + 0.5 * stream.normal()));
        const topLoss = (outputs: readonly number[]) => {
          const residual = outputs.map((f, index) => f - targets.flat()[index]!);
          let sum = 0;
          for (let k = 0; k < top; k++) sum += inner([...vectors.subarray(k * order, (k + 1) * order)], residual) ** 2;
          return { sum, total: inner(residual, residual) };
        };
        const rise = topLoss(now).total - topLoss(before).total;
        fc.pre(rise > 0.1 * topLoss(now).total);
        const expected = (topLoss(now).sum - topLoss(before).sum) / rise;
        const found = throughLens(random, { targets }, (lens) => lens.riseShare(Float32Array.from(before), rank));
        // Eigenvectors to a residual of 1e-3 lie within 1e-3 / gap of the true ones.
        expect(Math.abs((found as number) - expected)).toBeLessThan(1e-6 + (4 * 1e-3) / gap);
      }),
      runs,
    );
  });

  it.each(Object.keys(losses) as PlainLoss[])(
    'the share of a rise of the %s loss: all of it in the whole space, null without a rise',
    (loss) => {
      fc.assert(
        fc.property(losses[loss], (random) => {
          const targets = targetsFor(loss, random);
          throughLens(random, { loss, targets }, (lens) => {
            const now = lens.predictions() as Float32Array;
            const better = now.map((f, index) => f + 0.5 * (targets.flat()[index]! - f));
            const rank = now.length;
            const risen = lens.loss() as number;
            const low = lens.subject.loss.value(better, lens.samples.targets, lens.size);
            expect(lens.riseShare(now, rank)).toBe(null);
            const share = lens.riseShare(better, rank) as number | null;
            if (risen <= low) expect(share).toBe(null);
            else if (risen - low > 1e-3 * risen) expect(share).toBeCloseTo(1, 4);
          });
        }),
        runs,
      );
    },
  );
});
