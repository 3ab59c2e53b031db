import type * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { topEigenpairs, topEigenpairsEventually, type WarmEigenpairs } from '../linalg/topEigenpairs.ts';
import { UndefinedProbeError } from '../probe.ts';
import { curvatureWeighted } from './curvatureWeighted.ts';
import { jacobianOperator, productNoise } from './jacobianOperator.ts';
import { outputCurvature } from './outputCurvature.ts';
import { formsKernel } from './tangentKernelEigenpairs.ts';
import type { LensSubject, WorkingLens } from './workingLens.ts';

/**
 * Learning rate above which the optimizer is unstable on these samples to first order: its stability limit (2, with
 * heavy-ball momentum 2 (1 + beta), for an average of gradients 2 (1 + beta) / (1 - beta)) over lambda_max of
 * P^{-1/2} H P^{-1/2}, H the Gauss-Newton matrix, P the preconditioner of the latest update, or 1.
 * Square loss: (1 + beta) n / lambda_max(K). Cross-entropy: (1 + beta) 2 n / lambda_max(B^T K B) with
 * B B^T the curvature of each sample's loss in its outputs (logistic: S = s(f)(1 - s(f))).
 * The exact local limit 2 / lambda_max(Hessian) differs by the curvature of the model itself.
 * Null before the first update of methods that have no P by then.
 * Sources: Zhu et al. 2024 (arXiv 2306.04815), section 2; Cohen et al. 2022 (arXiv 2207.14484), section 2.
 */
export function preconditionedCriticalLearningRate(lens: WorkingLens): Eventual<number | null> {
  const { stabilityLimit, precondition } = lens.subject;
  if (precondition === undefined) return criticalLearningRate(lens);
  // Methods whose P is yet to come say so on any direction.
  const tried = precondition(lens.parameters.flat());
  if (tried === null) return null;
  for (const tensor of tried) tensor.dispose();
  return whenReady(
    largestEigenvalue(lens, 'preconditionedGaussNewton', (directions) => precondition(directions)!),
    (largest) => stabilityLimit / largest,
  );
}

/**
 * The same of an optimizer that has no preconditioner.
 * @throws {UndefinedProbeError} of any other.
 */
export function criticalLearningRate(lens: WorkingLens): Eventual<number> {
  const { stabilityLimit, precondition } = lens.subject;
  if (precondition !== undefined) {
    throw new UndefinedProbeError(
      'criticalLearningRate',
      'the kernel alone does not tell that of a preconditioned optimizer; preconditionedCriticalLearningRate() does, ' +
        'and may be null before the first update',
    );
  }
  return whenReady(gaussNewtonEigenvalue(lens), (largest) => stabilityLimit / largest);
}

/** Largest eigenvalue of the Gauss-Newton matrix (1/n) sum_i J_i^T H_i J_i, H_i the curvature of the loss in the outputs. */
export function gaussNewtonEigenvalue(lens: WorkingLens): Eventual<number> {
  const { loss } = lens.subject;
  if (loss.curvature !== null) {
    const { curvature } = loss;
    return whenReady(lens.tangentKernelEigenpairs(1), ({ values }) => (curvature * values[0]!) / lens.size);
  }
  if (!formsKernel(lens)) return largestEigenvalue(lens, 'gaussNewton');
  return warmStarted(lens, 'gaussNewton', (start) =>
    whenBoth(lens.tangentKernel(), lens.predictions(), (kernel, predictions) => {
      const curvature = loss.curvatureFactor(predictions, lens.samples.targets, lens.size)!;
      const scaled = curvature.map((entry) => entry / Math.sqrt(lens.size));
      const operator = curvatureWeighted(symmetricOperator(kernel), scaled, lens.outputs, kernel.order);
      return topEigenpairs(operator, kernel.order, 1, { start });
    }),
  );
}

/** Which limit {@link preconditionedCriticalLearningRate} is, in words. */
export function criticalRateRule({ loss, stabilityLimit, precondition }: LensSubject): string {
  const limit = Number(stabilityLimit.toPrecision(6));
  const of = loss.name === 'square' ? 'the square loss' : 'cross-entropy';
  const matrix = `the Gauss-Newton matrix of ${of}`;
  return precondition === undefined
    ? `${limit} / lambda_max of ${matrix}`
    : `${limit} / lambda_max of ${matrix}, preconditioned as in the latest update`;
}

/** The same without a matrix of order n c, preconditioned or not. */
function largestEigenvalue(
  lens: WorkingLens,
  quantity: string,
  precondition?: (directions: readonly tf.Tensor[]) => tf.Tensor[],
): Eventual<number> {
  return warmStarted(lens, quantity, (start) =>
    whenReady(outputCurvature(lens), (curvature) => {
      const operator = jacobianOperator(lens, { curvature, ...(precondition && { precondition }) });
      return topEigenpairsEventually(operator, lens.size * lens.outputs, 1, { start, tolerance: productNoise });
    }),
  );
}

/** The largest eigenvalue of a problem that starts from the previous step's vectors. */
function warmStarted(
  lens: WorkingLens,
  quantity: string,
  solve: (start: Float64Array | undefined) => Eventual<WarmEigenpairs>,
): Eventual<number> {
  return lens.once(quantity, () =>
    whenReady(solve(lens.memory.starts[quantity]), (pairs) => {
      if (Number.isFinite(pairs.residual)) lens.memory.starts[quantity] = pairs.start;
      return pairs.values[0]!;
    }),
  );
}
