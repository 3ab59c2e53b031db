import * as tf from '@tensorflow/tfjs-core';
import type { ParameterSlot } from '../optimizers/optimizer.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CheckpointMismatchError } from './checkpointFit.ts';
import { restoredTensors } from './savedTensor.ts';

/**
 * The parameters of a checkpoint in the order of a network's, on the backend and kept.
 * @throws {CheckpointMismatchError} when they are not those of the network; then nothing is on the backend.
 */
export function restoredParameters({ step, parameters }: Checkpoint, slots: readonly ParameterSlot[]): tf.Tensor[] {
  const differences = slots
    .filter(({ name, shape }) => parameters[name]?.shape.join() !== shape.join())
    .map(({ name, shape }) => `parameter ${name} is [${shape}], and was [${parameters[name]?.shape ?? 'not there'}]`);
  const others = Object.keys(parameters).filter((name) => !slots.some((slot) => slot.name === name));
  differences.push(...others.map((name) => `the model has no parameter ${name}`));
  if (differences.length > 0) throw new CheckpointMismatchError(step, differences);
  const restored = new Map(restoredTensors(parameters).map(({ name, tensor }) => [name, tf.keep(tensor)]));
  return slots.map(({ name }) => restored.get(name)!);
}
