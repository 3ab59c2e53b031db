import { lastValueFrom } from 'rxjs';
import type { BackendName } from '../src/backend/chooseBackend.ts';
import { mlp } from '../src/models/mlp.ts';
import { adam } from '../src/optimizers/adam.ts';
import { friendlySam } from '../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../src/optimizers/optimizer.ts';
import { rmsprop } from '../src/optimizers/rmsprop.ts';
import { rootFreeRmsprop } from '../src/optimizers/rootFreeRmsprop.ts';
import { lowRankRegression } from '../src/tasks/lowRankRegression.ts';
import { train } from '../src/training/train.ts';
import { median } from './median.ts';

export interface OptimizerRow {
  readonly optimizer: string;
  /** Milliseconds of a step of gradient descent, and of this optimizer. */
  readonly descent: number;
  readonly step: number;
  readonly ratio: number;
}

const optimizers: readonly (readonly [string, Optimizer])[] = [
  ['momentum', gradientDescent({ momentum: 0.9 })],
  ['RMSProp', rmsprop()],
  ['root-free RMSProp', rootFreeRmsprop({ momentum: 0.9 })],
  ['Adam', adam()],
  ['Friendly SAM', friendlySam()],
  ['inverse-free Shampoo, T = 20', inverseFreeShampoo({ updateInterval: 20 })],
  ['inverse-free Shampoo, T = 1', inverseFreeShampoo({ updateInterval: 1 })],
];

/**
 * Cost of a full training step over that of gradient descent, on [100, 512, 512, 512, 1] with n = 128, in
 * alternating runs of `steps` updates in this process; medians of the runs' mean times and of their ratios.
 */
export async function benchOptimizers(backend: BackendName = 'wasm', runs = 5): Promise<OptimizerRow[]> {
  // As many as the longest update interval: each run has its share of refreshes.
  const steps = 20;
  const time = async (optimizer: Optimizer) => {
    let start = 0;
    await lastValueFrom(
      train({
        task: lowRankRegression({ dimension: 100, samples: 128, testSamples: 1 }),
        model: mlp({ widths: [512, 512, 512] }),
        optimizer,
        // Too small to go anywhere: what is measured is arithmetic on ordinary numbers.
        learningRate: 1e-6,
        steps: steps + 1,
        backend,
        // Data, initialisation and the first refresh of a preconditioner are not what is measured.
        until: ({ step }) => {
          if (step === 1) start = performance.now();
          return false;
        },
      }),
    );
    return (performance.now() - start) / steps;
  };
  const rows: OptimizerRow[] = [];
  for (const [name, optimizer] of optimizers) {
    await time(gradientDescent());
    const descent: number[] = [];
    const step: number[] = [];
    for (let run = 0; run < runs; run++) {
      descent.push(await time(gradientDescent()));
      step.push(await time(optimizer));
    }
    rows.push({
      optimizer: name,
      descent: median(descent),
      step: median(step),
      ratio: median(step.map((value, run) => value / descent[run]!)),
    });
  }
  return rows;
}
