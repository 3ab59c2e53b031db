import type { Column } from './columns.ts';
import type { Probe } from './probe.ts';
import { type Json, Run } from './run.ts';

/** Gives a hold back. Calling it twice is harmless. */
export type Release = () => void;

/**
 * What every operator and sink accepts: one step of some run. Annotators assign their group of fields
 * to the row itself and pass the same object on; a row may be kept for as long as one likes.
 */
export interface Row {
  /** Number of the optimiser update that this row precedes. Rises by one, but for restarts and gaps. */
  readonly step: number;
  /** Shared by all rows of one subscription; rows from elsewhere are given one by the first annotator. */
  run?: Run;
  /** Keeps the source from taking its next step, and its tensors alive, until released. */
  hold?(): Release;
}

/** A row with a loss: enough for every detector that needs nothing but the loss. */
export interface LossRow extends Row {
  /** Training loss; NaN and infinities are data. */
  readonly loss: number;
}

/** What a trainer emits at each step, before the update is applied. */
export interface TrainingStep extends LossRow {
  /** Passes over the training set so far. */
  readonly epoch: number;
  /** Continuous time tau: the sum of the learning rates so far, over 1 - beta with heavy-ball momentum. */
  readonly time: number;
  /** Seconds since the subscription. */
  readonly seconds: number;
  /** Learning rate that the update of this step uses. */
  readonly learningRate: number;
  readonly run: Run;
  /** The lens on the live model: valid only while this row is being delivered or held. */
  readonly probe: Probe;
  hold(): Release;
}

/** Columns of {@link TrainingStep}. */
export const trainingStepColumns: readonly Column[] = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: 'number of updates applied before this row' },
  { name: 'epoch', type: 'float64', unit: 'epochs', meaning: 'passes over the training set so far' },
  {
    name: 'time',
    type: 'float64',
    unit: 'continuous time',
    meaning: 'sum of the learning rates so far, over 1 - beta with momentum',
  },
  { name: 'seconds', type: 'float64', unit: 's', meaning: 'wall-clock time since the run began' },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss of the batch before the update', axis: 'log' },
  { name: 'learningRate', type: 'float64', unit: 'learning rate', meaning: 'learning rate that the update uses' },
];

/** A row's fields without its live parts: plain data, fit for `structuredClone`, JSON and another thread. */
export type Snapshot<R extends Row> = Omit<R, 'run' | 'probe' | 'hold'>;

/** Copies the recorded fields of a row, groups included; the probe and the run stay behind. */
export function snapshot<R extends Row>(row: R): Snapshot<R> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (key === 'run' || key === 'probe' || typeof value === 'function') continue;
    copy[key] = structuredClone(value);
  }
  return copy as Snapshot<R>;
}

/** The run of a row; a row from elsewhere is given one, its columns read off its scalar fields. */
export function runOf(row: Row): Run {
  return row.run ?? adoptRun(row).run;
}

/**
 * The run of a row, and whether this call gave it one. Rows of plain data may be subscribed to again, so a run
 * that was given to them once and has ended is replaced.
 */
export function adoptRun(row: Row): { readonly run: Run; readonly adopted: boolean } {
  if (row.run !== undefined && !row.run.ended) return { run: row.run, adopted: false };
  row.run = new Run('stream', inferColumns(row));
  return { run: row.run, adopted: true };
}

function inferColumns(row: Row): Column[] {
  return Object.entries(row).flatMap(([name, value]): Column[] => {
    const meaning = 'as the stream gave it';
    if (name === 'step') return [{ name, type: 'int32', unit: 'steps', meaning }];
    if (typeof value === 'number') return [{ name, type: 'float64', unit: name, meaning, nullable: true }];
    if (typeof value === 'boolean') return [{ name, type: 'bool', unit: '1', meaning, nullable: true }];
    if (typeof value === 'string') return [{ name, type: 'utf8', unit: '1', meaning, nullable: true }];
    return [];
  });
}

export type { Json };
