import type { Run, RunMetadata } from '../run.ts';
import { type Checkpoint, checkpointFormat, operatorsOf, type SavedBackend } from './checkpoint.ts';

/** Thrown when a checkpoint is not one of the run that is to go on from it; says in a line what differs. */
export class CheckpointMismatchError extends Error {
  readonly differences: readonly string[];

  constructor(step: number, differences: readonly string[]) {
    super(`train: the checkpoint of step ${step} does not fit this run: ${differences.join('; ')}`);
    this.name = 'CheckpointMismatchError';
    this.differences = differences;
  }
}

/** What must be the same in both. How long to train is not among it. */
const decisive = ['task', 'model', 'optimizer', 'loss', 'learningRate', 'batchSize', 'seed', 'agopReference'] as const;

/** What a run that is to be resumed is made of. */
export interface ResumingRun {
  readonly metadata: RunMetadata;
  readonly backend: SavedBackend;
  /** Fingerprint of its data. */
  readonly data: string;
}

/**
 * @param exact whether the numbers must be the same bit for bit, which they are on one backend only
 * @throws {CheckpointMismatchError}
 */
export function checkFit(checkpoint: Checkpoint, run: ResumingRun, exact: boolean): void {
  const differences = decisive.flatMap((name) => difference(name, run.metadata[name], checkpoint.spec[name]));
  if (differences.length === 0 && run.data !== checkpoint.data)
    differences.push('the data of the task are others, by the same description');
  if (exact) {
    const [here, there] = [run.backend, checkpoint.backend].map(
      ({ name, library, version, detail }) => `${name} (${library} ${version}, ${detail})`,
    );
    if (here !== there)
      differences.push(
        `the backend is ${here}, and was ${there}, so that the numbers would differ: { exact: false } goes on nevertheless`,
      );
  }
  if (differences.length > 0) throw new CheckpointMismatchError(checkpoint.step, differences);
}

/**
 * After the first row of a resumed run, which has met every operator of the pipe.
 * @throws {CheckpointMismatchError} naming those that are missing, new or in another order.
 */
export function checkOperators(checkpoint: Checkpoint, run: Run): void {
  const here = operatorsOf(run);
  const there = checkpoint.operators;
  const missing = there.filter((name) => !here.includes(name));
  const added = here.filter((name) => !there.includes(name));
  const differences: string[] = [];
  if (missing.length > 0)
    differences.push(`the pipe lacks ${missing.join(', ')} (or a filter before it took the first row away)`);
  if (added.length > 0) differences.push(`the pipe did not have ${added.join(', ')}`);
  if (differences.length === 0 && here.join() !== there.join())
    differences.push(`the operators are in the order ${here.join(', ')}, and were in the order ${there.join(', ')}`);
  if (differences.length > 0) throw new CheckpointMismatchError(checkpoint.step, differences);
}

/** @throws {TypeError} when `resume` is no checkpoint, or one of another version. */
export function checkIsCheckpoint(resume: unknown): asserts resume is Checkpoint {
  const { format, step } = (resume ?? {}) as Partial<Checkpoint>;
  if (format !== checkpointFormat || !Number.isInteger(step) || step! < 0)
    throw new TypeError(
      `train: resume: expected a checkpoint of format ${checkpointFormat}, as readCheckpoint() gives it${format === undefined ? '' : `, not format ${format}`}`,
    );
}

/** A value is not to fill the screen. */
function difference(name: string, here: unknown, there: unknown): string[] {
  if (JSON.stringify(here) === JSON.stringify(there)) return [];
  return [`${name} is ${shown(here)}, and was ${shown(there)}`];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'not given';
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
