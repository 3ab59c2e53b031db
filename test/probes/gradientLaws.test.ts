import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Eigenpairs, KernelPrediction, LossSplit, SymmetricMatrix } from '../../src/probe.ts';
import { entryLikeness, targetAlignment } from '../../src/probes/kernelComparison.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { jacobian } from '../models/finiteDifferences.ts';
import { type PlainLoss, plainForward, plainLoss } from '../models/plainMlp.ts';
import { type RandomNet, randomNets } from '../models/randomNets.ts';
import { inner, losses, lossOf, parameterJacobian, plainAgop, targetsFor } from './plainQuantities.ts';
import { throughLens } from './randomLens.ts';

/** The gradient of the loss over all parameters. */
function plainGradient(random: RandomNet, loss: PlainLoss, targets: readonly number[][]): number[] {
  return jacobian((at) => [lossOf(random, loss, targets, at)], random.parameters)[0]!;
}

describe.each(backendsUnderTest)('gradients and kernels of random nets against float64 on %s', (backend) => {
  const runs = { numRuns: backend === 'wasm' ? 80 : 20 };
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.keys(losses) as PlainLoss[])('gradients of single samples of the %s loss', (loss) => {
    fc.assert(
      fc.property(losses[loss], (random) => {
        const targets = targetsFor(loss, random);
        const expected = random.inputs.map((x, i) => {
          const own = jacobian(
            (at) => [plainLoss(loss, plainForward(random.net, at, x).outputs, targets[i]!)],
            random.parameters,
          )[0]!;
          return inner(own, own);
        });
        const found = throughLens(random, { loss, targets }, (lens) => lens.sampleGradientNorms() as Float64Array);
        const scale = Math.max(...expected) + 1e-3;
        expected.forEach((value, i) => {
          expect(Math.abs(found[i]! - value)).toBeLessThan(1e-4 * scale);
        });
      }),
      runs,
    );
  });

  it('gradients of single samples, by chunks where there are many', () => {
    const scope = new TensorScope();
    const network = mlp({ widths: [7, 5], parameterization: 'standard', activation: 'tanh' }).build(4, 3);
    const stream = randomStream(1, 'many samples');
    const parameters = network.layers.map((layer) =>
      layer.parameters.map((one) => scope.own(() => tf.tensor(one.initialise(stream), [...one.shape]))),
    );
    const dataset = {
      inputs: normalArray(stream, 600 * 4, 1),
      targets: normalArray(stream, 600 * 3, 1),
      size: 600,
      dimension: 4,
      outputs: 3,
    };
    throughLens(fc.sample(randomNets(), 1)[0]!, {}, ({ subject, memory }) => {
      const lensOn = (rows?: Int32Array) =>
        new ModelLens({ ...subject, network }, parameters, samplesOf(dataset, scope, rows), scope, memory, 0);
      const norms = lensOn().sampleGradientNorms() as Float64Array;
      for (const row of [0, 255, 256, 599]) {
        const own = lensOn(Int32Array.of(row)).gradient() as Float32Array;
        const squares = own.reduce((sum, value) => sum + value * value, 0);
        expect(Math.abs(norms[row]! / squares - 1)).toBeLessThan(1e-5);
      }
    });
    scope.dispose();
  });

  it.each(Object.keys(losses) as PlainLoss[])(
    'rise of the %s loss along its gradient, and the worst nearby',
    (loss) => {
      fc.assert(
        fc.property(losses[loss], fc.double({ min: 0.01, max: 0.3, noNaN: true }), (random, rho) => {
          const targets = targetsFor(loss, random);
          const gradient = plainGradient(random, loss, targets);
          const length = Math.hypot(...gradient);
          fc.pre(length > 1e-2);
          const moved = random.parameters.map((value, index) => value + (rho * gradient[index]!) / length);
          const here = lossOf(random, loss, targets, random.parameters);
          const expected = lossOf(random, loss, targets, moved) - here;
          throughLens(random, { loss, targets }, (lens) => {
            const found = lens.sharpness(rho) as number;
            expect(Math.abs(found - expected)).toBeLessThan(2e-5 * (1 + here + Math.abs(expected)));
            const worst = lens.worstRiseEstimate(rho, 6) as number;
            expect(worst).toBeGreaterThanOrEqual(found);
          });
        }),
        runs,
      );
    },
  );

  it('the residual of every loss splits by Pythagoras, that of the square loss as the loss does', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(losses) as PlainLoss[])), fc.nat(), (loss, seed) => {
        const [random] = fc.sample(losses[loss], { numRuns: 1, seed }) as [RandomNet];
        const targets = targetsFor(loss, random);
        throughLens(random, { loss, targets }, (lens) => {
          const whole = lens.residualSplit(lens.size * lens.outputs) as LossSplit;
          const part = lens.residualSplit(1) as LossSplit;
          expect(whole.complement).toBeLessThan(1e-5 * (whole.top + 1));
          expect(Math.abs(Math.hypot(part.top, part.complement) - whole.top)).toBeLessThan(1e-5 * (whole.top + 1));
          if (loss !== 'square') return;
          const split = lens.lossSplit(1) as LossSplit;
          expect(Math.abs(split.top - part.top ** 2)).toBeLessThan(1e-5 * (1 + split.top));
        });
      }),
      runs,
    );
  });

  it.each([
    ['fewer gradients than inputs', randomNets({ samples: 2, dimension: { min: 7, max: 9 } })],
    ['no fewer', randomNets({ dimension: { min: 1, max: 2 } })],
  ])('eigenpairs and trace of the AGOP, %s', (_, nets) => {
    fc.assert(
      fc.property(nets, fc.integer({ min: 1, max: 4 }), (random, rank) => {
        const matrix = plainAgop(random);
        const d = random.net.inputs;
        const { values } = symmetricEigen(Float64Array.from(matrix), d);
        fc.pre(values[0]! > 1e-3);
        throughLens(random, {}, (lens) => {
          const pairs = lens.agopEigenpairs(rank) as Eigenpairs;
          expect(pairs.values.length).toBe(Math.min(rank, d));
          pairs.values.forEach((value, k) => {
            expect(Math.abs(value - values[k]!)).toBeLessThan(3e-5 * values[0]!);
            const vector = [...pairs.vectors.subarray(k * d, (k + 1) * d)];
            expect(Math.abs(Math.hypot(...vector) - 1)).toBeLessThan(1e-3);
            const off = Math.hypot(
              ...vector.map((entry, a) => inner(matrix.slice(a * d, (a + 1) * d), vector) - value * entry),
            );
            expect(off).toBeLessThan(1e-3 * values[0]!);
          });
          const trace = values.reduce((sum, value) => sum + value, 0);
          expect(Math.abs((lens.agopTrace() as number) - trace)).toBeLessThan(2e-5 * trace);
        });
      }),
      runs,
    );
  });

  it('the kernel predictor: f + K(x, X) K(X, X)^{-1} (y - f)', () => {
    fc.assert(
      fc.property(randomNets({ samples: 3, outputs: { min: 1, max: 2 } }), (random) => {
        const targets = targetsFor('square', random);
        const rows = parameterJacobian(random);
        const order = rows.length;
        const kernel = Float64Array.from(rows.flatMap((a) => rows.map((b) => inner(a, b))));
        const { values, vectors } = symmetricEigen(kernel, order);
        fc.pre(values.at(-1)! > 1e-2 * values[0]!);
        const wanted = random.inputs.flatMap((x, i) =>
          plainForward(random.net, random.parameters, x).outputs.map((f, o) => targets[i]![o]! - f),
        );
        const weights = new Array<number>(order).fill(0);
        values.forEach((value, k) => {
          const vector = [...vectors.subarray(k * order, (k + 1) * order)];
          const coefficient = inner(vector, wanted) / value;
          vector.forEach((entry, i) => {
            weights[i]! += coefficient * entry;
          });
        });
        const other = random.inputs.map((x) => x.map((value) => Math.fround(0.7 * value + 0.05)));
        const there = { ...random, inputs: other };
        const cross = parameterJacobian(there);
        const expected = other
          .flatMap((x) => plainForward(random.net, random.parameters, x).outputs)
          .map((f, i) => f + rows.reduce((sum, row, j) => sum + inner(cross[i]!, row) * weights[j]!, 0));
        for (const largestFormedKernel of [5000, 0]) {
          throughLens(random, { targets, largestFormedKernel }, (fitted) =>
            throughLens(there, {}, (lens) => {
              const found = lens.kernelPredictor(fitted) as KernelPrediction;
              expect(found.residual).toBeLessThan(1e-4);
              const error = Math.hypot(...expected.map((value, i) => found.predictions[i]! - value));
              expect(error).toBeLessThan(1e-3 * (1 + Math.hypot(...expected)));
            }),
          );
        }
      }),
      runs,
    );
  });

  it('the degree of a homogeneous model, and null of any other', () => {
    fc.assert(
      fc.property(randomNets(), (random) => {
        const { net, inputs } = random;
        const outputs = inputs.flatMap((x) => plainForward(net, random.parameters, x).outputs);
        fc.pre(Math.hypot(...outputs) > 0.1);
        // A little larger: between here and there lies no kink.
        const factor = 1 + 1e-5;
        const grown = random.parameters.map((value) => factor * value);
        const there = inputs.flatMap((x) => plainForward(net, grown, x).outputs);
        const off = (degree: number) =>
          Math.hypot(...there.map((value, i) => value - factor ** degree * outputs[i]!)) /
          Math.hypot(...outputs) /
          1e-5;
        // A net with dead units may have a lower degree than layers.
        const degrees = Array.from({ length: net.widths.length + 1 }, (_, below) => below + 1);
        const degree = degrees.find((one) => off(one) < 1e-6) ?? null;
        // Near the border neither answer is wrong.
        fc.pre(degree !== null || degrees.every((one) => off(one) > 1e-2));
        throughLens(random, {}, (lens) => {
          expect(lens.homogeneity()).toBe(degree);
        });
      }),
      runs,
    );
  });

  it('margins by the sign, and by the largest output', () => {
    fc.assert(
      fc.property(randomNets({ outputs: { min: 1, max: 4 } }), (random) => {
        const { net, inputs } = random;
        const loss = net.outputs === 1 ? 'logistic' : 'softmax';
        const targets = targetsFor(loss, random);
        const expected = inputs.map((x, i) => {
          const { outputs } = plainForward(net, random.parameters, x);
          if (net.outputs === 1) return targets[i]![0]! * outputs[0]!;
          const own = targets[i]!.indexOf(1);
          return outputs[own]! - Math.max(...outputs.filter((_, o) => o !== own));
        });
        const classes = net.outputs === 1 ? 'sign' : 'largest';
        const found = throughLens(random, { loss, targets, classes }, (lens) => lens.margins() as Float64Array);
        found.forEach((margin, i) => {
          expect(Math.abs(margin - expected[i]!)).toBeLessThan(2e-5 * (1 + Math.abs(expected[i]!)));
        });
      }),
      runs,
    );
  });

  it('lengths of the parameters by layer, and the pattern of relu units, which turning the first layer inverts', () => {
    fc.assert(
      fc.property(randomNets(), (random) => {
        const { net, parameters } = random;
        throughLens(random, {}, (lens) => {
          const norms = lens.parameterNorms() as Float64Array;
          expect(Math.abs(Math.hypot(...norms) / Math.hypot(...parameters) - 1)).toBeLessThan(1e-5);
          const pattern = lens.activationPattern() as Uint8Array | null;
          if (net.activation !== 'relu' || net.widths.length === 0) {
            if (net.widths.length === 0) expect(pattern).toBeNull();
            return;
          }
          const turned = { ...random, parameters: parameters.map((value) => -value) };
          const first = random.inputs.length * net.widths[0]!;
          const inverted = throughLens(turned, {}, (other) => other.activationPattern() as Uint8Array);
          expect(Array.from(inverted.subarray(0, first), (on) => 1 - on)).toEqual([...pattern!.subarray(0, first)]);
        });
      }),
      runs,
    );
  });
});

describe('comparisons of matrices', () => {
  it('the centred alignment with the targets is that of the definition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 3 }), fc.nat(), (size, outputs, seed) => {
        const order = size * outputs;
        const stream = randomStream(seed, 'alignment');
        const factor = normalArray(stream, order * order, 1);
        const entry = (i: number, j: number) => {
          let sum = 0;
          for (let k = 0; k < order; k++) sum += factor[i * order + k]! * factor[j * order + k]!;
          return sum;
        };
        const kernel = Float64Array.from({ length: order * order }, (_, at) =>
          entry(Math.floor(at / order), at % order),
        );
        const targets = normalArray(stream, order, 1);
        const centring = (i: number, j: number) => (i === j ? 1 : 0) - (i % outputs === j % outputs ? 1 / size : 0);
        const product = (a: (i: number, j: number) => number, b: (i: number, j: number) => number) => {
          const values = Float64Array.from({ length: order * order }, (_, at) => {
            let sum = 0;
            for (let k = 0; k < order; k++) sum += a(Math.floor(at / order), k) * b(k, at % order);
            return sum;
          });
          return (i: number, j: number) => values[i * order + j]!;
        };
        const both = (m: (i: number, j: number) => number) => {
          const centred = product(product(centring, m), centring);
          return Float64Array.from({ length: order * order }, (_, at) => centred(Math.floor(at / order), at % order));
        };
        const left = both((i, j) => kernel[i * order + j]!);
        const right = both((i, j) => targets[i]! * targets[j]!);
        const found = targetAlignment({ order, values: kernel } satisfies SymmetricMatrix, targets, outputs);
        expect(Math.abs(found - entryLikeness(left, right).cosine)).toBeLessThan(1e-9);
      }),
    );
  });

  it('the correlation of entries knows neither scale nor shift, the cosine no scale', () => {
    const a = normalArray(randomStream(2, 'entries'), 30, 1);
    const moved = (scale: number, shift: number) =>
      entryLikeness(
        a,
        a.map((value) => scale * value + shift),
      );
    expect(moved(3, -5).correlation).toBeCloseTo(1, 6);
    expect(moved(-1, 2).correlation).toBeCloseTo(-1, 6);
    expect(moved(3, 0).cosine).toBeCloseTo(1, 6);
    expect(moved(3, -5).cosine).toBeLessThan(0.99);
  });
});
