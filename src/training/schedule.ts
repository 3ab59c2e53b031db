import type { Eventual } from '../eventual.ts';
import type { Saved } from '../memory.ts';
import type { TrainingStep } from '../step.ts';

/** What a schedule may look at: the step about to be emitted, its live probe included. */
export interface ScheduleStep extends Pick<TrainingStep, 'step' | 'epoch' | 'time' | 'loss' | 'probe'> {
  /** |theta|^2, summed over all parameters as they are before this step's update. */
  squaredNorm(): Eventual<number>;
  /** The largest sum of squares in any row of the parameters, which must have as many rows each. */
  largestRowNorm(): Eventual<number>;
}

/** Learning rate of a step; it depends on nothing else, so that a resumed run goes on with the same rates. */
export type LearningRateFunction = (step: ScheduleStep) => Eventual<number>;

/** A schedule with memory: `start` is called once for each subscription. */
export interface Schedule {
  readonly name: string;
  start(): RunningSchedule;
}

export interface RunningSchedule {
  /** Learning rate of a step; called once for each step, in order. */
  next(step: ScheduleStep): Eventual<number>;
  /** Whether it has done what it set out to do: only then may `until` end the run. */
  readonly settled: boolean;
  /**
   * All that the rates to come depend on beside the steps to come; null without memory. A schedule without it cannot
   * be saved in a checkpoint.
   */
  save?(): Saved;
  /** Goes on from a saved state, bit for bit; called before the first `next`. */
  restore?(saved: never): void;
}
