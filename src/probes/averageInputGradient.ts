import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { inputSensitivities } from '../models/model.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Mean over the samples of the derivatives of the outputs in the inputs, `c * d` numbers, output-major. Of a model that is
 * linear in its input it is the weights, whatever its parameters look like.
 * @throws {TypeError} when the first layer has no derivative in its inputs.
 */
export function averageInputGradient(lens: WorkingLens): Eventual<Float32Array> {
  return lens.once('averageInputGradient', () => {
    const mean = lens.scope.own(() => {
      const first = lens.trace().layers[0]!;
      const ofFirst = lens.sensitivities()[0] ?? null;
      // One row for each output serves all samples where nothing lies between them and the inputs.
      if (ofFirst === null && first.inputOfOutputs !== undefined) return tf.clone(first.inputOfOutputs());
      const all = inputSensitivities(lens.trace(), ofFirst);
      return tf.mean(tf.reshape(all, [lens.size, lens.outputs, -1]), 0);
    });
    return whenReady(read(mean), (values) => values);
  });
}
