import { type Eventual, whenReady } from '../eventual.ts';
import { pushForward } from '../models/model.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Margin of each sample, n numbers: y f of one output whose sign is the class, else the output of the sample's class
 * minus the largest other. Positive where the sample is classified rightly.
 * @throws {Error} when the task has no classes.
 */
export function margins(lens: WorkingLens): Eventual<Float64Array> {
  const { classes } = lens.subject;
  if (classes === null) throw new Error('margins: the task has no classes');
  const { targets, size, outputs } = lens.samples;
  return whenReady(lens.predictions(), (predictions) =>
    Float64Array.from({ length: size }, (_, i) => {
      if (classes === 'sign') return Math.sign(targets[i]!) * predictions[i]!;
      const start = i * outputs;
      let own = start;
      for (let o = start; o < start + outputs; o++) if (targets[o]! > targets[own]!) own = o;
      let other = Number.NEGATIVE_INFINITY;
      for (let o = start; o < start + outputs; o++) if (o !== own) other = Math.max(other, predictions[o]!);
      return predictions[own]! - other;
    }),
  );
}

/**
 * The degree L of a homogeneous model, f(a w) = a^L f(w) for a > 0, or null of any other: by Euler's identity
 * J w = L f, looked at on these samples.
 */
export function homogeneity(lens: WorkingLens): Eventual<number | null> {
  return lens.once('homogeneity', () => {
    const slopes = lens.scope.own(() => pushForward(lens.trace(), lens.parameters));
    return whenReady(read(slopes), (along) =>
      whenReady(lens.predictions(), (predictions) => {
        let inner = 0;
        let squares = 0;
        predictions.forEach((value, index) => {
          inner += value * along[index]!;
          squares += value * value;
        });
        const degree = Math.round(inner / squares);
        const off = predictions.reduce((sum, value, index) => sum + (along[index]! - degree * value) ** 2, 0);
        // Float32 rounds at 1e-6 of the outputs or so; a bias that matters is far above.
        return degree > 0 && Math.sqrt(off) <= 1e-4 * degree * Math.sqrt(squares) ? degree : null;
      }),
    );
  });
}
