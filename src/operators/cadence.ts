import type { Row } from '../step.ts';

/** Says at which rows an annotator that costs something runs. Any predicate on the row is a cadence. */
export type Cadence = (row: Row) => boolean;

/** At every row. */
export const always: Cadence = () => true;

/** At steps 0, k, 2k, ...
 *  @throws {RangeError} unless k is a whole number of at least 1. */
export function every(k: number): Cadence {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`every(${k}): expected a whole number of at least 1`);
  return (row) => row.step % k === 0;
}

/**
 * At step 0 and at the steps ceil(ratio^i): dense at first, then ever sparser, a fixed number per decade.
 * Without memory, so it is the same after a restart.
 * @throws {RangeError} unless ratio > 1.
 */
export function logSpaced(ratio: number): Cadence {
  if (!(ratio > 1)) throw new RangeError(`logSpaced(${ratio}): expected a ratio above 1`);
  const scale = 1 / Math.log(ratio);
  return ({ step }) => {
    if (step <= 1) return true;
    // The grid points that round up to `step` lie in (step - 1, step].
    const exponent = Math.floor(Math.log(step) * scale + 1e-9);
    // A power that is a whole number but for rounding rounds up to that number, not to the next as well.
    return ratio ** exponent > (step - 1) * (1 + 1e-12);
  };
}

/** While a predicate of the row holds, for example `during((row) => row.spikes.inSpike)`. */
export function during<R extends Row>(predicate: (row: R) => boolean): Cadence {
  return predicate as Cadence;
}
