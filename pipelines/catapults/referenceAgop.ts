import { lastValueFrom } from 'rxjs';
import type { BackendName } from '../../src/backend/chooseBackend.ts';
import { whenReady } from '../../src/eventual.ts';
import { mlp } from '../../src/models/mlp.ts';
import { annotator } from '../../src/operators/annotator.ts';
import type { TrainingStep } from '../../src/step.ts';
import type { AgopReference, Task } from '../../src/tasks/task.ts';
import { train } from '../../src/training/train.ts';

export interface ReferenceOptions {
  readonly task: Task;
  /** What the reference is, in words. */
  readonly from: string;
  readonly seed: number;
  readonly backend: BackendName | 'auto';
}

const steps = 800;

/**
 * The AGOP of a network trained on more data: two layers of width 512, stochastic gradient descent with
 * batches of 64 at a third of the critical rate of the first batch, 800 steps; averaged over the training set.
 */
export async function referenceAgop({ task, from, seed, backend }: ReferenceOptions): Promise<AgopReference> {
  let rate: number | undefined;
  const last = await lastValueFrom(
    train({
      task,
      model: mlp({ widths: [512] }),
      batchSize: 64,
      steps,
      seed,
      backend,
      learningRate: (step) =>
        rate ??
        whenReady(step.probe.batch.criticalLearningRate(), (critical) => {
          rate = critical / 3;
          return rate;
        }),
    }).pipe(agopMatrix()),
  );
  const { matrix } = last.agop;
  if (matrix === null) throw new Error(`the reference network (${from}) diverged at step ${last.step}`);
  return { from, matrix };
}

/** The whole AGOP of the training set, at the last step alone. */
function agopMatrix() {
  return annotator<TrainingStep, 'agop', { readonly matrix: Float64Array | null }>({
    name: 'agop',
    meaning: 'average gradient outer product of the training set',
    columns: [],
    start: () => (row) =>
      row.step < steps
        ? { matrix: null }
        : whenReady(row.probe.train.agop(), ({ values }) => ({ matrix: Float64Array.from(values) })),
  });
}
