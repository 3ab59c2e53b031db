import type { Observable } from 'rxjs';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';

export type CatapultRow = ReturnType<typeof catapultRows> extends Observable<infer R> ? R : never;

/** A training with everything that is to be known of its catapults. */
export function catapultRows(spec: TrainingSpec, options: TrainingOptions = {}) {
  return train(spec, options).pipe(
    tangentKernel(),
    eigenspace({ rank: 1 }),
    agopAlignment(),
    evaluate(),
    // Full-batch training has no noise; a catapult from a tiny loss takes hundreds of steps to come back to it.
    spikes({ patience: 1000, noise: 0 }),
    catapults(),
  );
}
