import fc from 'fast-check';
import { lastValueFrom, type Observable, Subject, tap, toArray } from 'rxjs';
import { checkpointBytes, checkpointOf } from '../../src/checkpoints/checkpointBytes.ts';
import { mlp } from '../../src/models/mlp.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { divergence } from '../../src/operators/divergence.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { phaseTransitions } from '../../src/operators/phaseTransitions.ts';
import { plateau } from '../../src/operators/plateau.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { snapshot, type TrainingStep } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Checkpoint, CheckpointStore } from '../../src/training/checkpoint.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { critical } from '../../src/training/schedules/critical.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { stepDecay } from '../../src/training/schedules/stepDecay.ts';
import { warmUp } from '../../src/training/schedules/warmUp.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';
import { backendUnderTest } from '../backendUnderTest.ts';

const momentum = { momentum: 0.8 } as const;

const optimizers: Readonly<Record<string, () => Optimizer>> = {
  gradientDescent: () => gradientDescent(),
  momentum: () => gradientDescent(momentum),
  nesterov: () => gradientDescent({ ...momentum, nesterov: true, weightDecay: 0.01 }),
  adam: () => adam(),
  shampoo: () => shampoo({ ...momentum, updateInterval: 3 }),
  inverseFreeShampoo: () => inverseFreeShampoo({ ...momentum, joint: true, updateInterval: 2 }),
  rootFreeAdamW: () => rootFreeAdamW(),
  friendlySam: () => friendlySam({ base: gradientDescent(momentum) }),
};

const schedules: Readonly<Record<string, () => TrainingSpec['learningRate']>> = {
  constant: () => 0.05,
  function: () => (step) => 0.1 / (1 + step.step),
  stepDecay: () => stepDecay({ from: 0.1, every: 7 }),
  cosine: () => warmUp(cosine({ from: 0.1, steps: 50 }), { steps: 5 }),
  raiseToCritical: () => raiseToCritical({ factor: 1.3, catapults: 3, rest: 2 }),
  'warm raiseToCritical': () => warmUp(raiseToCritical({ factor: 1.4, catapults: 2, rest: 1 }), { steps: 3 }),
  critical: () => critical(1.2),
};

/** Settings of a run as words and numbers, so that a failing example can be read. */
export const settings = fc.record({
  optimizer: fc.constantFrom(...Object.keys(optimizers)),
  schedule: fc.constantFrom(...Object.keys(schedules)),
  batchSize: fc.constantFrom(12, 5, 3),
  depth: fc.constantFrom(1, 2),
  seed: fc.nat(1000),
});

export type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

/** Schedules that ask the kernel for the critical rate cannot lead a preconditioned optimizer. */
export function isSensible({ optimizer, schedule }: Settings): boolean {
  return !/ritical/.test(schedule) || ['gradientDescent', 'momentum', 'nesterov', 'friendlySam'].includes(optimizer);
}

export function specOf({ optimizer, schedule, batchSize, depth, seed }: Settings, steps: number): TrainingSpec {
  return {
    task: lowRankRegression({ dimension: 4, samples: 12, testSamples: 5 }),
    // A relu network of so few units may die of a rate above the critical one, and then has none.
    model: mlp({ widths: new Array<number>(depth).fill(6), activation: /ritical/.test(schedule) ? 'tanh' : 'relu' }),
    optimizer: optimizers[optimizer]!(),
    learningRate: schedules[schedule]!(),
    batchSize,
    seed,
    steps,
    backend: backendUnderTest,
  };
}

/** Everything that remembers something from row to row. */
export function watched(spec: TrainingSpec, options: TrainingOptions = {}): Observable<TrainingStep> {
  const rows = train(spec, options);
  const seen = rows.pipe(
    eigenspace({ rank: 2 }),
    evaluate(),
    spikes({ noise: 0, ratio: 1.05 }),
    catapults({ rank: 3 }),
  );
  const all = seen.pipe(phaseTransitions({ train: 'loss', test: 'loss' }), divergence(), plateau({ patience: 5 }));
  return all.pipe(tangentKernel(), tangentKernel({ as: 'whole', on: 'train' }));
}

/** The recorded fields of rows, but for the time of day. */
export function recorded(rows: readonly TrainingStep[]): unknown[] {
  return rows.map((row) => ({ ...snapshot(row), seconds: 0 }));
}

/** A store in memory: what it takes in is kept as the bytes of a file. */
export class CheckpointsInMemory implements CheckpointStore {
  readonly every: number;
  readonly files: Buffer[] = [];

  constructor(every = 1e9) {
    this.every = every;
  }

  put(checkpoint: Checkpoint): void {
    this.files.push(Buffer.concat(checkpointBytes(checkpoint)));
  }

  /** The last one, if there is any. */
  get last(): Checkpoint | undefined {
    const file = this.files.at(-1);
    return file && checkpointOf(file);
  }
}

export interface WatchedRun {
  readonly rows: readonly TrainingStep[];
  readonly checkpoints: CheckpointsInMemory;
}

/** A run to its end; `options.control$` aside. */
export async function wholeRun(spec: TrainingSpec, options: TrainingOptions = {}, every?: number): Promise<WatchedRun> {
  const checkpoints = new CheckpointsInMemory(every);
  const rows = await lastValueFrom(watched(spec, { ...options, checkpoints }).pipe(toArray()), { defaultValue: [] });
  return { rows, checkpoints };
}

/** A run that is stopped, left alone, or fails, with the row of a step. */
export async function interruptedRun(
  spec: TrainingSpec,
  at: number,
  how: 'stop' | 'unsubscribe' | 'throw',
  options: TrainingOptions & { readonly every?: number } = {},
): Promise<WatchedRun> {
  const { every, ...others } = options;
  const control$ = new Subject<ControlMessage>();
  const checkpoints = new CheckpointsInMemory(every);
  const rows: TrainingStep[] = [];
  await new Promise<void>((resolve, reject) => {
    const subscription = watched(spec, { ...others, control$, checkpoints })
      .pipe(
        tap((row) => {
          rows.push(row);
          if (row.step !== at) return;
          if (how === 'stop') control$.next({ type: 'stop' });
          if (how === 'throw') throw new Error('a bug elsewhere');
          if (how !== 'unsubscribe') return;
          queueMicrotask(() => {
            subscription.unsubscribe();
            resolve();
          });
        }),
      )
      .subscribe({ complete: resolve, error: (error) => (how === 'throw' ? resolve() : reject(error)) });
  });
  return { rows, checkpoints };
}

/** What a checkpoint says, but for the time of day and where its subscription began. */
export function comparable(checkpoint: Checkpoint | undefined): unknown {
  return checkpoint && { ...checkpoint, seconds: 0, beganAt: 0 };
}
