import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { backward, forward, type Trace } from '../models/model.ts';
import { TensorScope } from '../tensorScope.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** Samples whose gradients' Gram matrix is formed at once. */
const chunk = 256;

/**
 * Squared length of each sample's own gradient, n numbers, without forming one: the diagonal of the layers' Gram
 * matrices of row gradients, a chunk of samples at a time. The mean of these gradients is that of the loss.
 */
export function sampleGradientNorms(lens: WorkingLens): Eventual<Float64Array> {
  return lens.once('sampleGradientNorms', () =>
    whenReady(lens.predictions(), (predictions) => {
      const { size, outputs, samples, subject } = lens;
      // Of n times the loss, whose gradient in the outputs of a sample is that of its own loss.
      const slopes = subject.loss.outputGradient(predictions, samples.targets, size).map((slope) => slope * size);
      const norms = new Float64Array(size);
      const from = (start: number): Eventual<Float64Array> => {
        if (start >= size) return norms;
        const count = Math.min(chunk, size - start);
        const scope = new TensorScope();
        const trace =
          count === size
            ? lens.trace()
            : forward(
                subject.network,
                lens.parameters,
                scope.own(() => tf.slice2d(samples.inputs, [start, 0], [count, samples.dimension])),
                scope,
              );
        const own = slopes.subarray(start * outputs, (start + count) * outputs);
        const diagonal = tf.tidy(() => gramDiagonal(trace, tf.tensor2d(own, [count, outputs])));
        return whenReady(read(diagonal), (values) => {
          norms.set(values, start);
          diagonal.dispose();
          scope.dispose();
          return from(start + chunk);
        });
      };
      return from(0);
    }),
  );
}

/** Runs inside a tidy. */
function gramDiagonal(trace: Trace, outputSlopes: tf.Tensor2D): tf.Tensor1D {
  const [count] = outputSlopes.shape;
  const terms: tf.Tensor2D[] = [];
  backward(trace, outputSlopes, undefined, (index, sensitivity) => {
    // One row a sample is what the layer would be given for a model with one output.
    const term = trace.layers[index]!.kernel(sensitivity, 1);
    if (term !== null) terms.push(tf.mul(term, tf.eye(count)));
  });
  return tf.sum(tf.addN(terms), 1);
}
