import type { Dataset, TaskData } from '../tasks/task.ts';
import { absoluteInterpolant, absoluteMaximumMargin } from './leastAbsoluteNorm.ts';
import { euclideanInterpolant, euclideanMaximumMargin } from './leastEuclideanNorm.ts';
import type { Predictor, PredictorPair } from './predictor.ts';

/**
 * What a diagonal linear network is near under a classification loss: the L2-SVM early, from a large initialisation, and
 * the L1-SVM in the end.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), theorems 3.2 and 3.4.
 */
export function marginPredictors({ train, test }: TaskData): PredictorPair {
  const of = (name: string, values: Float64Array): Predictor => ({ name, values, testMetric: accuracy(values, test) });
  return {
    early: of('L2-SVM', euclideanMaximumMargin(train)),
    late: of('L1-SVM', absoluteMaximumMargin(train).weights),
  };
}

/** The same under the square loss: the interpolants of least L2 and of least L1 norm. */
export function interpolantPredictors({ train, test }: TaskData): PredictorPair {
  const of = (name: string, values: Float64Array): Predictor => ({
    name,
    values,
    testMetric: squareLoss(values, test),
  });
  return {
    early: of('least L2 norm interpolant', euclideanInterpolant(train)),
    late: of('least L1 norm interpolant', absoluteInterpolant(train).weights),
  };
}

function accuracy(weights: Float64Array, set: Dataset): number {
  return mean(weights, set, (output, target) => (output * target > 0 ? 1 : 0));
}

function squareLoss(weights: Float64Array, set: Dataset): number {
  return mean(weights, set, (output, target) => (output - target) ** 2);
}

function mean(
  weights: Float64Array,
  { inputs, targets, size, dimension }: Dataset,
  of: (output: number, target: number) => number,
): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let output = 0;
    for (let j = 0; j < dimension; j++) output += weights[j]! * inputs[i * dimension + j]!;
    sum += of(output, targets[i]!);
  }
  return sum / size;
}
