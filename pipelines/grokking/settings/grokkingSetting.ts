import type { PhaseTransitionDetectorOptions } from '../../../src/detectors/phaseTransitionDetector.ts';
import type { Eventual } from '../../../src/eventual.ts';
import type { Model } from '../../../src/models/model.ts';
import type { Optimizer } from '../../../src/optimizers/optimizer.ts';
import type { PredictorPair } from '../../../src/predictors/predictor.ts';
import type { TrainingStep } from '../../../src/step.ts';
import type { ExactAccuracy } from '../../../src/tasks/exactAccuracy.ts';
import type { Task, TaskData } from '../../../src/tasks/task.ts';
import type { Schedule } from '../../../src/training/schedule.ts';

export type GrokkingSize = 'default' | 'small' | 'paper';
export type GrokkingVariant = 'kernel' | 'plain' | 'adamw';

/** What a setting is made from; what is not given is the setting's own. */
export interface GrokkingSettingOptions {
  readonly size: GrokkingSize;
  readonly variant?: GrokkingVariant | undefined;
  /** Size of the initialisation: the norm of the parameters, or a factor on the usual one. */
  readonly alpha?: number | undefined;
  readonly weightDecay?: number | undefined;
  readonly dimension?: number | undefined;
  readonly samples?: number | undefined;
  readonly width?: number | undefined;
  readonly seed: number;
}

/** A run that shows an early and a late implicit bias, and how to look at it. */
export interface GrokkingSetting {
  /** The model and its task in a few words. */
  readonly title: string;
  readonly task: Task;
  readonly model: Model;
  readonly loss: 'square' | 'crossEntropy';
  readonly optimizer: Optimizer;
  /** A number: a fixed rate. */
  readonly learningRate: Schedule | number;
  readonly alpha: number;
  readonly weightDecay: number;
  /** Initialisation of the control that does not start large. */
  readonly smallAlpha: number;
  /** Continuous time at which the run ends; infinite where the steps decide. */
  readonly endTime: number;
  /**
   * Continuous time, soon after the transition, at which the new solution is read where it goes on changing. The run is
   * longer, for the detector to see that the change has settled.
   */
  readonly readAt?: number;
  readonly steps: number;
  readonly expectedSteps: number;
  /** When the null run, without weight decay, ends: it has no clock of its own. */
  readonly nullRun: { readonly endTime: number; readonly steps: number };
  /** What generalisation is read off. */
  readonly metric: 'accuracy' | 'loss';
  /** When the training set counts as fitted, and what the detector is shown. */
  readonly detection: PhaseTransitionDetectorOptions & { readonly memorised: number };
  /** `detection.memorised` in words. */
  readonly fitted: string;
  readonly predictors: (data: TaskData) => Eventual<PredictorPair>;
  /** What the model is compared with predictors in, and how it is found. */
  readonly compared: string;
  readonly solution: (row: TrainingStep) => Eventual<ArrayLike<number>>;
  /** Whether the model is linear in its inputs, so that L1 and L2 margins are defined. */
  readonly linear: boolean;
  /** L of a network with f(a theta) = a^L f(theta), by which margins are normalised. */
  readonly degree?: number;
  readonly exactAccuracy?: ExactAccuracy;
}

type Given<O> = { readonly [Name in keyof O]?: Exclude<O[Name], undefined> };

/** The options that were given, so that they take the place of a size's. */
export function given(options: GrokkingSettingOptions): Given<GrokkingSettingOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Continuous time at which a run of a diagonal or factorised model may end: the transition is at (ln alpha + const) / wd,
 * and the detector waits until the new level has held for a while. Without decay, as with the usual .001.
 */
export function transitionTime(alpha: number, weightDecay: number, rest: number): number {
  return (Math.max(0, Math.log(alpha)) + rest) / (weightDecay || 1e-3);
}
