import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { conjugateGradients } from '../linalg/conjugateGradients.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import type { EventualOperator } from '../linalg/topEigenpairs.ts';
import { gradients, pushForward } from '../models/model.ts';
import type { KernelPrediction } from '../probe.ts';
import { jacobianOperator } from './jacobianOperator.ts';
import { read } from './read.ts';
import { formsKernel } from './tangentKernelEigenpairs.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * What the model, linearised at its present parameters, predicts on the samples of `lens` once it has fitted those of
 * `fitted`: f(x) + K(x, X) K(X, X)^{-1} (y - f(X)), the limit of gradient descent on the square loss in the kernel
 * regime. The weights solve K(X, X) a = y - f(X) by conjugate gradients; the change of the parameters is J(X)^T a, and
 * that of the predictions J(x) J(X)^T a: no kernel between the two sets is formed.
 * Source: Jacot et al. 2018 (arXiv 1806.07572), section 5; Lee et al. 2019 (arXiv 1902.06720), equation 10.
 */
export function kernelPredictor(lens: WorkingLens, fitted: WorkingLens): Eventual<KernelPrediction> {
  return whenBoth(lens.predictions(), fitted.predictions(), (predictions, seen) => {
    const { targets } = fitted.samples;
    const wanted = Float64Array.from(seen, (value, index) => targets[index]! - value);
    const operator: Eventual<EventualOperator> = formsKernel(fitted)
      ? whenReady(fitted.tangentKernel(), symmetricOperator)
      : jacobianOperator(fitted, {});
    return whenReady(operator, (apply) =>
      // In exact arithmetic n c products do; rounding asks for more where eigenvalues lie far apart.
      whenReady(conjugateGradients(apply, wanted, 1e-6, 4 * wanted.length), ({ solution, residual }) =>
        whenReady(change(lens, fitted, solution), (moved) => ({
          predictions: predictions.map((value, index) => value + moved[index]!),
          residual,
        })),
      ),
    );
  });
}

/** J(x) J(X)^T a, `n c` numbers. */
function change(lens: WorkingLens, fitted: WorkingLens, weights: Float64Array): Eventual<Float32Array> {
  const moved = tf.tidy(() => {
    const ofOutputs = tf.tensor2d(Float32Array.from(weights), [fitted.size, fitted.outputs]);
    return pushForward(lens.trace(), gradients(fitted.trace(), ofOutputs, fitted.knownSensitivities()));
  });
  return whenReady(read(moved), (values) => {
    moved.dispose();
    return values;
  });
}
