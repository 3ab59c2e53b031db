import type { TaskData } from '../tasks/task.ts';
import { frobeniusCompletion, nuclearCompletion } from './leastNuclearNorm.ts';
import type { Predictor, PredictorPair } from './predictor.ts';

/**
 * What a factorised symmetric matrix is near when its observed entries are learnt: the interpolant of least Frobenius norm
 * early, from a large initialisation, and that of least nuclear norm in the end. Their values are the entries of the
 * training set, then those of the test set.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @param order d of the d x d matrix
 */
export function completionPredictors({ train, test }: TaskData, order: number): PredictorPair {
  const of = (name: string, matrix: Float64Array): Predictor => {
    const values = Float64Array.from([train, test].flatMap((set) => entriesOf(matrix, set.inputs, order)));
    const errors = test.targets.map((target, at) => (values[train.size + at]! - target) ** 2);
    return { name, values, testMetric: errors.reduce((sum, error) => sum + error, 0) / test.size };
  };
  return {
    early: of('least Frobenius norm interpolant', frobeniusCompletion(train, order)),
    late: of('least nuclear norm interpolant', nuclearCompletion(train, order).matrix),
  };
}

function entriesOf(matrix: Float64Array, pairs: Float32Array, order: number): number[] {
  return Array.from({ length: pairs.length / 2 }, (_, at) => matrix[pairs[2 * at]! * order + pairs[2 * at + 1]!]!);
}
