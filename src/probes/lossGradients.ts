import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { forward, gradients, type Parameters } from '../models/model.ts';
import { TensorScope } from '../tensorScope.ts';
import { readVector } from './parameterVectors.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** The gradient of the loss, in the order of the parameters; the tensors belong to the lens. */
export function lossGradients(lens: WorkingLens): Eventual<readonly tf.Tensor[]> {
  return lens.once('lossGradients', () =>
    whenReady(lens.predictions(), (predictions) => {
      const found = tf.tidy(() =>
        gradients(lens.trace(), outputGradient(lens, predictions), lens.knownSensitivities()).flat(),
      );
      return found.map((tensor) => lens.scope.own(() => tensor));
    }),
  );
}

/** The same as one vector of P numbers. */
export function lossGradient(lens: WorkingLens): Eventual<Float32Array> {
  return lens.once('lossGradient', () => whenReady(lossGradients(lens), readVector));
}

/** The derivative of the loss in the outputs, `[n, c]`, the 1/n of the mean included. Runs inside a tidy. */
export function outputGradient({ subject, samples }: WorkingLens, predictions: Float32Array): tf.Tensor2D {
  const { size, outputs, targets } = samples;
  return tf.tensor2d(subject.loss.outputGradient(predictions, targets, size), [size, outputs]);
}

/** The loss, and where asked its gradient, at other parameters on the samples of the lens. The caller disposes of it. */
export function lossAt(
  lens: WorkingLens,
  parameters: Parameters,
  withGradient: boolean,
): Eventual<{ readonly loss: number; readonly gradient: readonly tf.Tensor[] | null }> {
  const scope = new TensorScope();
  const trace = forward(lens.subject.network, parameters, lens.samples.inputs, scope);
  return whenReady(read(trace.outputs), (predictions) => {
    const loss = lens.subject.loss.value(predictions, lens.samples.targets, lens.size);
    const gradient = withGradient ? tf.tidy(() => gradients(trace, outputGradient(lens, predictions)).flat()) : null;
    scope.dispose();
    return { loss, gradient };
  });
}
