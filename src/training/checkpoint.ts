import { isGroup } from '../columns.ts';
import type { Eventual } from '../eventual.ts';
import type { Saved } from '../memory.ts';
import type { KernelMemory } from '../probes/workingLens.ts';
import type { Json, Run, RunMetadata } from '../run.ts';
import type { SavedLearningRate } from './learningRate.ts';
import type { SavedTensors } from './savedTensor.ts';

/** Version of the layout of a {@link Checkpoint}. */
export const checkpointFormat = 1;

/** What a trainer is made of between two steps. */
export type TrainingState = {
  /** Number of the next row: all before it have been delivered, and their updates applied. */
  readonly step: number;
  /** Continuous time of the next row. */
  readonly time: number;
  /** Seconds that the run has taken so far. */
  readonly seconds: number;
  /** By name, as they are at the next row. */
  readonly parameters: SavedTensors;
  readonly optimizer: { readonly tensors: SavedTensors; readonly scalars: Json };
  readonly learningRate: { readonly [K in keyof SavedLearningRate]: SavedLearningRate[K] };
  /** What the eigensolvers have to start from, of the lenses on the batch, the training set and the test set. */
  readonly kernels: { readonly [lens: string]: KernelMemory };
};

/**
 * A run between two steps, as plain data (fit for `structuredClone`): what another subscription to the same training
 * needs to go on bit for bit. Data, order of the samples and initialisation follow from the spec and its seed.
 */
export type Checkpoint = TrainingState & {
  readonly format: typeof checkpointFormat;
  /** Name of the run. */
  readonly run: string;
  /** The step at which the subscription began that took it: 0, or where it had been resumed. */
  readonly beganAt: number;
  /** The metadata of the run: what it was made of. */
  readonly spec: RunMetadata;
  readonly backend: SavedBackend;
  /** Fingerprint of the training set, the test set and the reference for AGOP alignment. */
  readonly data: string;
  /** The groups on its rows, in the order of the pipe. */
  readonly operators: readonly string[];
  /** What operators and sinks keep, by name. */
  readonly memories: { readonly [name: string]: Saved };
};

/** What arithmetic a run was computed with. */
export type SavedBackend = {
  readonly name: string;
  readonly library: string;
  readonly version: string;
  readonly detail: string;
};

/** Where the checkpoints of a run go. */
export interface CheckpointStore {
  /** Updates between two checkpoints. Default: none but those asked for, and one when the run ends. */
  readonly every?: number;
  /** Takes one in; training waits until it is safe. */
  put(checkpoint: Checkpoint): Eventual<void>;
}

/** The operators that have annotated the rows of a run so far. */
export function operatorsOf(run: Run): string[] {
  return run.columns.filter(isGroup).map(({ name }) => name);
}
