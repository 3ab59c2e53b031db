import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combination, gram } from '../../src/predictors/gram.ts';
import { kernelSupportVectorMachine } from '../../src/predictors/kernelSupportVectorMachine.ts';
import { euclideanInterpolant, euclideanMaximumMargin } from '../../src/predictors/leastEuclideanNorm.ts';
import { randomSet } from './randomSet.ts';

const sizes = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  extra: fc.integer({ min: 3, max: 20 }),
  seed: fc.nat(),
});

describe('euclideanMaximumMargin', () => {
  it('satisfies the optimality conditions: w = sum lambda y x, lambda >= 0, margins >= 1 with equality where lambda > 0', () => {
    fc.assert(
      fc.property(sizes, ({ size, extra, seed }) => {
        const set = randomSet(size, size + extra, seed, 'signs');
        const { multipliers, margin } = kernelSupportVectorMachine(gram(set.inputs, size, set.dimension), set.targets);
        const weights = euclideanMaximumMargin(set);
        const signed = multipliers.map((value, i) => value * set.targets[i]!);
        const rebuilt = combination(set.inputs, signed, set.dimension);
        weights.forEach((weight, j) => {
          expect(weight).toBeCloseTo(rebuilt[j]!, 10);
        });
        for (let i = 0; i < size; i++) {
          let value = 0;
          for (let j = 0; j < set.dimension; j++) value += weights[j]! * set.inputs[i * set.dimension + j]!;
          const achieved = value * set.targets[i]!;
          expect(multipliers[i]!).toBeGreaterThanOrEqual(0);
          expect(achieved).toBeGreaterThan(1 - 1e-7);
          if (multipliers[i]! > 1e-9) expect(achieved).toBeCloseTo(1, 7);
        }
        const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
        expect(margin * length).toBeCloseTo(1, 6);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses samples that cannot be separated', () => {
    const set = { inputs: Float32Array.of(1, 1), targets: Float32Array.of(1, -1), size: 2, dimension: 1, outputs: 1 };
    expect(() => kernelSupportVectorMachine(gram(set.inputs, 2, 1), set.targets, { passes: 50 })).toThrow(
      /after 50 passes: expected samples that can be separated/,
    );
  });

  it('with offsets, only what they lack is added', () => {
    const identity = Float64Array.of(1, 0, 0, 1);
    const { multipliers } = kernelSupportVectorMachine(identity, [1, -1], { offsets: [3, 0.25] });
    // Already right by 3; wrong by .25, so 1.25 is missing.
    expect([...multipliers]).toEqual([0, 1.25]);
  });
});

describe('euclideanInterpolant', () => {
  it('interpolates, and lies in the span of the samples', () => {
    fc.assert(
      fc.property(sizes, ({ size, extra, seed }) => {
        const set = randomSet(size, size + extra, seed, 'values');
        const weights = euclideanInterpolant(set);
        for (let i = 0; i < size; i++) {
          let value = 0;
          for (let j = 0; j < set.dimension; j++) value += weights[j]! * set.inputs[i * set.dimension + j]!;
          expect(value).toBeCloseTo(set.targets[i]!, 6);
        }
        // A longer one: the same with any direction across the samples added.
        const across = randomSet(1, set.dimension, seed + 1, 'values').inputs;
        const within = euclideanInterpolant({ ...set, targets: projected(across, set) });
        const inner = weights.reduce((sum, weight, j) => sum + weight * (across[j]! - within[j]!), 0);
        expect(inner).toBeCloseTo(0, 5);
      }),
      { numRuns: 40 },
    );
  });
});

function projected(direction: Float32Array, { inputs, size, dimension }: ReturnType<typeof randomSet>): Float32Array {
  return Float32Array.from({ length: size }, (_, i) =>
    direction.reduce((sum, value, j) => sum + value * inputs[i * dimension + j]!, 0),
  );
}
