import type { Eventual } from '../eventual.ts';
import type { TrainingStep } from '../step.ts';

/** What a schedule may look at: the step about to be emitted, its live probe included. */
export type ScheduleStep = Pick<TrainingStep, 'step' | 'epoch' | 'time' | 'loss' | 'probe'>;

/** Learning rate of a step. */
export type LearningRateFunction = (step: ScheduleStep) => Eventual<number>;

/** A schedule with memory: `start` is called once for each subscription. */
export interface Schedule {
  readonly name: string;
  start(): LearningRateFunction;
}
