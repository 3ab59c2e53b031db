import type { Row } from '../step.ts';

/** Milliseconds between two reports. */
const every = 200;

/** Says when to report how far a run is: with the first row, then a few times a second. */
export class ProgressClock {
  #last = Number.NEGATIVE_INFINITY;

  due(): boolean {
    const now = performance.now();
    if (now - this.#last < every) return false;
    this.#last = now;
    return true;
  }
}

/** About how many steps the run of a row will take, as far as it says. */
export function expectedSteps({ run }: Row): number | null {
  const expected = run?.metadata.expectedSteps ?? run?.metadata.steps;
  return typeof expected === 'number' && expected > 0 ? expected : null;
}
