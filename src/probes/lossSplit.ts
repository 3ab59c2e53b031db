import { type Eventual, whenBoth } from '../eventual.ts';
import type { Eigenpairs, LossSplit } from '../probe.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * The square loss in the span of the given eigenvectors v_k of a tangent kernel, top =
 * (1/n) sum_k (v_k . r)^2 with r = f - y, and in the complement, from what is left of r rather than as a
 * difference of losses: exact also when one of the two is a millionth of the other.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 */
export function lossSplit(lens: WorkingLens, eigenpairs: Eventual<Eigenpairs>): Eventual<LossSplit> {
  return whenBoth(eigenpairs, lens.predictions(), (pairs, predictions) => {
    const { targets, size } = lens.samples;
    const residual = Float64Array.from(predictions, (value, index) => value - targets[index]!);
    const { top, complement } = squaresAlong(pairs, residual);
    return { top: top / size, complement: complement / size };
  });
}

/**
 * The residual split likewise, as root mean squares over the samples: sqrt of the parts of (1/n) |r|^2. r is f - y for
 * the square loss, and for every other n times the derivative of the loss in the outputs (cross-entropy: p - y).
 */
export function residualSplit(lens: WorkingLens, eigenpairs: Eventual<Eigenpairs>): Eventual<LossSplit> {
  return whenBoth(eigenpairs, lens.predictions(), (pairs, predictions) => {
    const { targets, size } = lens.samples;
    const { loss } = lens.subject;
    const scale = size / (loss.curvature ?? 1);
    const slopes = loss.outputGradient(predictions, targets, size);
    const { top, complement } = squaresAlong(
      pairs,
      Float64Array.from(slopes, (slope) => scale * slope),
    );
    return { top: Math.sqrt(top / size), complement: Math.sqrt(complement / size) };
  });
}

/** Squared length of a vector along the eigenvectors, and of what is left, which overwrites it. */
function squaresAlong({ order, values, vectors }: Eigenpairs, rest: Float64Array): LossSplit {
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
  return { top, complement };
}
