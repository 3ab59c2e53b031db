import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

export interface SpecOptions {
  readonly name: string;
  readonly seed: number;
  readonly backend: NonNullable<TrainingSpec['backend']>;
}

/** The training of a setting. */
export function grokkingSpec(setting: GrokkingSetting, { name, seed, backend }: SpecOptions): TrainingSpec {
  const { task, model, loss, optimizer, learningRate, steps, expectedSteps, endTime } = setting;
  return {
    name,
    task,
    model,
    loss,
    optimizer,
    learningRate,
    steps,
    expectedSteps: Math.min(steps, expectedSteps),
    seed,
    backend,
    until: ({ time }) => time >= endTime,
  };
}
