/** A solution that theory says a model is near at some time, computed without training, to compare the model with. */
export interface Predictor {
  /** `L2-SVM`, `least nuclear norm interpolant` */
  readonly name: string;
  /** Whatever the model is compared in: weights, entries of a matrix, predictions. */
  readonly values: Float64Array;
  /** Its own test accuracy, or test loss where there are no classes. */
  readonly testMetric: number;
}

/** The predictors of a task: where training passes by early, and where weight decay leads in the end. */
export interface PredictorPair {
  readonly early: Predictor;
  /** Null where nothing is computed. */
  readonly late: Predictor | null;
}

/** Cosine of two vectors of as many numbers; NaN where one of them is 0. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let inner = 0;
  let ofA = 0;
  let ofB = 0;
  for (let at = 0; at < a.length; at++) {
    inner += a[at]! * b[at]!;
    ofA += a[at]! ** 2;
    ofB += b[at]! ** 2;
  }
  return inner / Math.sqrt(ofA * ofB);
}
