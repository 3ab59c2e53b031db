import { type Eventual, whenReady } from '../eventual.ts';
import type { WorkingLens } from './workingLens.ts';

/** Share of samples whose class is predicted rightly; null where the task has no classes. */
export function accuracy(lens: WorkingLens): Eventual<number | null> {
  const { classes } = lens.subject;
  if (classes === null) return null;
  const { targets, size, outputs } = lens.samples;
  return whenReady(lens.predictions(), (predictions) => {
    let right = 0;
    for (let i = 0; i < size; i++) {
      if (classes === 'sign') right += predictions[i]! * targets[i]! > 0 ? 1 : 0;
      else right += largest(predictions, i * outputs, outputs) === largest(targets, i * outputs, outputs) ? 1 : 0;
    }
    return right / size;
  });
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let o = 1; o < count; o++) if (values[start + o]! > values[start + best]!) best = o;
  return best;
}
