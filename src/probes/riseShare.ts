import { type Eventual, whenBoth } from '../eventual.ts';
import { tangentKernelEigenpairsEstimate } from './tangentKernelEigenpairs.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Share of a rise of the loss that the top eigenspace of the tangent kernel explains: how much of it is gone
 * when the outputs' movement along the top `rank` eigenvectors is undone,
 *
 *   1 - (L(f - P (f - f0)) - L(f0)) / (L(f) - L(f0)),
 *
 * f0 the outputs on the same samples before the rise, P the projection. For the square loss this is the rise
 * of the loss in the top eigenspace over the whole rise (Zhu et al. 2024, arXiv 2306.04815, section 3); in
 * this form it is defined for every loss. Above 1 when the rest of the loss fell meanwhile. Null when the
 * loss has not risen, or is not finite.
 */
export function riseShare(lens: WorkingLens, before: Float32Array, rank: number): Eventual<number | null> {
  return whenBoth(tangentKernelEigenpairsEstimate(lens, rank), lens.predictions(), (pairs, predictions) => {
    const { loss } = lens.subject;
    const { targets, size } = lens.samples;
    const { order, values, vectors } = pairs;
    const low = loss.value(before, targets, size);
    const rise = loss.value(predictions, targets, size) - low;
    if (!(rise > 0 && Number.isFinite(rise))) return null;
    const undone = Float64Array.from(predictions);
    for (let k = 0; k < values.length; k++) {
      const vector = vectors.subarray(k * order, (k + 1) * order);
      let movement = 0;
      for (let i = 0; i < order; i++) movement += vector[i]! * (predictions[i]! - before[i]!);
      for (let i = 0; i < order; i++) undone[i]! -= movement * vector[i]!;
    }
    const share = 1 - (loss.value(undone, targets, size) - low) / rise;
    return Number.isFinite(share) ? share : null;
  });
}
