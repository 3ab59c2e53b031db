import { type Eventual, whenBoth } from '../eventual.ts';
import type { Eigenpairs, LossSplit } from '../probe.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * The square loss in the span of the given top eigenvectors v_k of the current tangent kernel, top =
 * (1/n) sum_k (v_k . r)^2 with r = f - y, and in the complement, from what is left of r rather than as a
 * difference of losses: exact also when one of the two is a millionth of the other.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 */
export function lossSplit(lens: WorkingLens, eigenpairs: Eventual<Eigenpairs>): Eventual<LossSplit> {
  return whenBoth(eigenpairs, lens.predictions(), (pairs, predictions) => {
    const { targets, size } = lens.samples;
    const rest = Float64Array.from(predictions, (value, index) => value - targets[index]!);
    const { order, values, vectors } = pairs;
    let top = 0;
    for (let k = 0; k < values.length; k++) {
      const vector = vectors.subarray(k * order, (k + 1) * order);
      let coefficient = 0;
      for (let i = 0; i < order; i++) coefficient += vector[i]! * rest[i]!;
      for (let i = 0; i < order; i++) rest[i]! -= coefficient * vector[i]!;
      top += coefficient * coefficient;
    }
    let complement = 0;
    for (let i = 0; i < order; i++) complement += rest[i]! * rest[i]!;
    return { top: top / size, complement: complement / size };
  });
}
