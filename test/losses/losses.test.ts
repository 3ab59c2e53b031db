import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../src/losses/crossEntropy.ts';
import type { Loss } from '../../src/losses/loss.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { hessian, jacobian } from '../models/finiteDifferences.ts';
import { type PlainLoss, plainLoss } from '../models/plainMlp.ts';

const output = fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround);

interface Problem {
  readonly outputs: number;
  readonly predictions: readonly number[];
  readonly targets: readonly number[];
}

function problems(kind: PlainLoss): fc.Arbitrary<Problem> {
  const target = kind === 'logistic' ? fc.constantFrom(-1, 1) : output;
  return fc
    .record({
      size: fc.integer({ min: 1, max: 5 }),
      outputs: kind === 'logistic' ? fc.constant(1) : fc.integer({ min: kind === 'softmax' ? 2 : 1, max: 4 }),
    })
    .chain(({ size, outputs }) =>
      fc.record({
        outputs: fc.constant(outputs),
        predictions: fc.array(output, { minLength: size * outputs, maxLength: size * outputs }),
        targets:
          kind === 'softmax'
            ? fc
                .array(fc.nat({ max: outputs - 1 }), { minLength: size, maxLength: size })
                .map((classes) =>
                  classes.flatMap((right) => Array.from({ length: outputs }, (_, o) => Number(o === right))),
                )
            : fc.array(target, { minLength: size * outputs, maxLength: size * outputs }),
      }),
    );
}

describe.each<[PlainLoss, Loss]>([
  ['square', squareLoss],
  ['logistic', crossEntropy],
  ['softmax', crossEntropy],
])('the %s loss', (kind, loss) => {
  const plainValue = ({ outputs, targets }: Problem, at: ArrayLike<number>) => {
    const size = at.length / outputs;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const own = Array.from({ length: outputs }, (_, o) => at[i * outputs + o]!);
      sum += plainLoss(kind, own, targets.slice(i * outputs, (i + 1) * outputs));
    }
    return sum / size;
  };

  it('value, gradient and curvature', () => {
    fc.assert(
      fc.property(problems(kind), (problem) => {
        const { outputs, predictions, targets } = problem;
        const size = predictions.length / outputs;
        const f = Float32Array.from(predictions);
        const y = Float32Array.from(targets);
        expect(loss.value(f, y, size)).toBeCloseTo(plainValue(problem, predictions), 9);
        const gradient = jacobian((at) => [plainValue(problem, at)], predictions)[0]!;
        loss.outputGradient(f, y, size).forEach((value, index) => {
          expect(Math.abs(value - gradient[index]!)).toBeLessThan(1e-5);
        });
        // B B^T of each sample, or the constant curvature, against second differences.
        const factor = loss.curvatureFactor(f, y, size);
        expect(factor === null).toBe(loss.curvature !== null);
        for (let i = 0; i < size; i++) {
          const own = predictions.slice(i * outputs, (i + 1) * outputs);
          const expected = hessian(
            (at) => plainLoss(kind, [...at], targets.slice(i * outputs, (i + 1) * outputs)),
            own,
          );
          for (let o = 0; o < outputs; o++) {
            for (let p = 0; p < outputs; p++) {
              let found = o === p ? (loss.curvature ?? 0) : 0;
              if (factor !== null) {
                found = 0;
                for (let q = 0; q < outputs; q++) {
                  found += factor[(i * outputs + o) * outputs + q]! * factor[(i * outputs + p) * outputs + q]!;
                }
              }
              expect(Math.abs(found - expected[o]![p]!)).toBeLessThan(1e-5);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('cross-entropy far out', () => {
  it('neither overflows nor loses small losses', () => {
    const value = (f: number, y: number) => crossEntropy.value(Float32Array.of(f), Float32Array.of(y), 1);
    expect(value(1000, -1)).toBe(1000);
    expect(value(1000, 1)).toBe(0);
    expect(value(40, 1)).toBeCloseTo(Math.exp(-40), 25);
    expect(crossEntropy.value(Float32Array.of(1000, -1000), Float32Array.of(0, 1), 1)).toBe(2000);
    expect([...crossEntropy.outputGradient(Float32Array.of(1000, -1000), Float32Array.of(0, 1), 1)]).toEqual([1, -1]);
    expect(crossEntropy.curvatureFactor(Float32Array.of(1e4), Float32Array.of(1), 1)!.every(Number.isFinite)).toBe(
      true,
    );
  });

  it('not-a-number stays not-a-number, one or several outputs', () => {
    expect(crossEntropy.value(Float32Array.of(Number.NaN), Float32Array.of(1), 1)).toBeNaN();
    expect(crossEntropy.value(Float32Array.of(Number.NaN, 1), Float32Array.of(0, 1), 1)).toBeNaN();
    expect(squareLoss.value(Float32Array.of(Number.NaN), Float32Array.of(1), 1)).toBeNaN();
  });
});
