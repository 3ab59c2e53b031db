import { lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { diagonalLinear } from '../../src/models/diagonalLinear.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { sparseLinear } from '../../src/tasks/sparseLinear.ts';
import type { Dataset, TaskData } from '../../src/tasks/task.ts';
import { adaptiveStep } from '../../src/training/schedules/adaptiveStep.ts';
import { train } from '../../src/training/train.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

const task = sparseLinear({ dimension: 1000, samples: 100, testSamples: 1 });
const weightDecay = 1e-3;

interface Point {
  readonly time: number;
  readonly weights: Float64Array;
}

/** The same adaptive steps in float64. */
function* flow({ inputs, targets, size, dimension }: Dataset): Generator<Point> {
  const u = new Float64Array(dimension).fill(64 / Math.sqrt(2 * dimension));
  const v = u.slice();
  for (let time = 0; ; ) {
    const weights = u.map((value, j) => value ** 2 - v[j]! ** 2);
    yield { time, weights };
    const gradient = new Float64Array(dimension);
    let curvature = 0;
    for (let i = 0; i < size; i++) {
      let output = 0;
      for (let j = 0; j < dimension; j++) output += inputs[i * dimension + j]! * weights[j]!;
      const share = 1 / (1 + Math.exp(targets[i]! * output));
      curvature += (share * (1 - share)) / size;
      for (let j = 0; j < dimension; j++) gradient[j]! -= (targets[i]! * share * inputs[i * dimension + j]!) / size;
    }
    const norm = u.reduce((sum, value, j) => sum + value ** 2 + v[j]! ** 2, 0);
    const rate = Math.min(50, 4 / (4 * norm * curvature + weightDecay));
    for (let j = 0; j < dimension; j++) {
      u[j]! *= 1 - rate * (weightDecay + 2 * gradient[j]!);
      v[j]! *= 1 - rate * (weightDecay - 2 * gradient[j]!);
    }
    time += rate;
  }
}

describe('a thousand adaptive steps of a large initialisation in float32', () => {
  it('keep to those in float64 before, during and after the transition', async () => {
    const reference = flow((task.data(0) as TaskData).train);
    let compared = 0;
    await lastValueFrom(
      train({
        task,
        model: diagonalLinear({ alpha: 64 }),
        loss: 'crossEntropy',
        optimizer: gradientDescent({ weightDecay }),
        learningRate: adaptiveStep({ curvature: 'logistic', most: 50, factor: 4, decay: weightDecay }),
        steps: 1100,
        backend: backendUnderTest,
      }).pipe(
        tap(({ step, time, probe }) => {
          const expected = reference.next().value as Point;
          if (step === 0 || step % 100 !== 0) return;
          expect(Math.abs(time / expected.time - 1)).toBeLessThan(1e-3);
          const weights = probe.train.averageInputGradient() as Float32Array;
          const largest = expected.weights.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          const worst = weights.reduce((most, value, j) => Math.max(most, Math.abs(value - expected.weights[j]!)), 0);
          expect(worst / largest).toBeLessThan(3e-3);
          compared++;
        }),
      ),
    );
    expect(compared).toBe(11);
  });
});
