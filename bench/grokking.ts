import { lastValueFrom } from 'rxjs';
import type { BackendName } from '../src/backend/chooseBackend.ts';
import { diagonalLinear } from '../src/models/diagonalLinear.ts';
import { gradientDescent } from '../src/optimizers/gradientDescent.ts';
import { sparseLinear } from '../src/tasks/sparseLinear.ts';
import type { Dataset } from '../src/tasks/task.ts';
import { adaptiveStep } from '../src/training/schedules/adaptiveStep.ts';
import { train } from '../src/training/train.ts';
import { median } from './median.ts';

const settings = { alpha: 64, weightDecay: 1e-3, most: 50, factor: 4 };

export interface DiagonalSteps {
  /** Milliseconds a step. */
  readonly trained: number;
  readonly loop: number;
  readonly ratio: number;
}

/**
 * The diagonal network of the grokking pipeline (d = 1000, n = 100, adaptive steps) by `train()` against a loop over typed
 * arrays in float64 that does the same updates, both in this process in alternating runs; medians.
 */
export async function benchDiagonalSteps(backend: BackendName = 'wasm', runs = 5, steps = 600): Promise<DiagonalSteps> {
  const task = sparseLinear();
  const data = (await task.data(0)).train;
  const trainOnce = async () => {
    let start = 0;
    await lastValueFrom(
      train({
        task,
        model: diagonalLinear({ alpha: settings.alpha }),
        loss: 'crossEntropy',
        optimizer: gradientDescent({ weightDecay: settings.weightDecay }),
        learningRate: adaptiveStep({
          curvature: 'logistic',
          most: settings.most,
          factor: settings.factor,
          decay: settings.weightDecay,
        }),
        steps,
        backend,
        until: ({ step }) => {
          if (step === 4) start = performance.now();
          return false;
        },
      }),
    );
    return (performance.now() - start) / (steps - 4);
  };
  const loopOnce = () => {
    const start = performance.now();
    descend(data, steps);
    return (performance.now() - start) / steps;
  };
  await trainOnce();
  loopOnce();
  const trained: number[] = [];
  const loop: number[] = [];
  for (let run = 0; run < runs; run++) {
    loop.push(loopOnce());
    trained.push(await trainOnce());
  }
  return {
    trained: median(trained),
    loop: median(loop),
    ratio: median(trained.map((time, run) => time / loop[run]!)),
  };
}

/** The updates of the network as plain loops. */
function descend({ inputs, targets, size, dimension }: Dataset, steps: number): Float64Array {
  const { alpha, weightDecay, most, factor } = settings;
  const u = new Float64Array(dimension).fill(alpha / Math.sqrt(2 * dimension));
  const v = u.slice();
  const weights = new Float64Array(dimension);
  const gradient = new Float64Array(dimension);
  for (let step = 0; step < steps; step++) {
    let norm = 0;
    for (let j = 0; j < dimension; j++) {
      weights[j] = u[j]! * u[j]! - v[j]! * v[j]!;
      norm += u[j]! * u[j]! + v[j]! * v[j]!;
    }
    gradient.fill(0);
    let curvature = 0;
    for (let i = 0; i < size; i++) {
      const start = i * dimension;
      let output = 0;
      for (let j = 0; j < dimension; j++) output += inputs[start + j]! * weights[j]!;
      const share = 1 / (1 + Math.exp(targets[i]! * output));
      curvature += share * (1 - share);
      const pull = (-targets[i]! * share) / size;
      for (let j = 0; j < dimension; j++) gradient[j]! += pull * inputs[start + j]!;
    }
    const rate = Math.min(most, factor / ((4 * norm * curvature) / size + weightDecay));
    for (let j = 0; j < dimension; j++) {
      u[j]! *= 1 - rate * (weightDecay + 2 * gradient[j]!);
      v[j]! *= 1 - rate * (weightDecay - 2 * gradient[j]!);
    }
  }
  return weights;
}
