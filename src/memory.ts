import type { Eventual } from './eventual.ts';

/** Plain data with arrays of numbers in it: what a checkpoint is made of. NaN and the infinities are data. */
export type Saved =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | Float64Array
  | Int32Array
  | readonly Saved[]
  | { readonly [key: string]: Saved };

/** Something whose future depends on more than what it will be given: it is saved with every checkpoint. */
export interface Memory {
  /** All of it, as it is between two rows. It is copied before the next. */
  save(): Eventual<Saved>;
  /**
   * Goes on from a saved state, bit for bit; it is a copy, to be kept and written to.
   * @throws {Error} in a line that says what does not fit.
   */
  restore(saved: never): void;
}
