import { symmetricSolve } from '../linalg/symmetricSolve.ts';
import type { Dataset } from '../tasks/task.ts';
import { combination, gram } from './gram.ts';
import { kernelSupportVectorMachine } from './kernelSupportVectorMachine.ts';

/**
 * The linear classifier of largest L2 margin, min |w|_2 with y_i w . x_i >= 1, no bias: what gradient descent on a linear
 * model, or in the kernel regime of a symmetric network, converges to in direction.
 * @throws {RangeError} when the samples cannot be separated.
 */
export function euclideanMaximumMargin({ inputs, targets, size, dimension }: Dataset): Float64Array {
  const { multipliers } = kernelSupportVectorMachine(gram(inputs, size, dimension), targets);
  return combination(
    inputs,
    multipliers.map((multiplier, i) => multiplier * targets[i]!),
    dimension,
  );
}

/**
 * The interpolant of least L2 norm, min |w|_2 with w . x_i = y_i.
 * @throws {RangeError} when the rows are linearly dependent.
 */
export function euclideanInterpolant({ inputs, targets, size, dimension }: Dataset): Float64Array {
  return combination(inputs, symmetricSolve(gram(inputs, size, dimension), targets, size), dimension);
}
