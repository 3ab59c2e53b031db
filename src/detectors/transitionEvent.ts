/**
 * `grokking`: generalisation rises, sharply, well after the training set was memorised. `misgrokking`: it falls so.
 * `gradual`: it changes after memorisation, but slowly. `none`: a change that is none of these, such as ordinary
 * learning, or one that was taken back.
 */
export type TransitionClass = 'grokking' | 'misgrokking' | 'gradual' | 'none';

/** A change of generalisation in continuous time; plain data with finite numbers only. */
export interface TransitionEvent {
  readonly kind: 'transition';
  /** `open` from the first alarm until the new level has settled. */
  readonly state: 'open' | 'closed';
  /** Class so far; of an open event it is provisional. */
  readonly class: TransitionClass;
  readonly direction: 'up' | 'down';
  /** Step at which the change began. */
  readonly begin: number;
  /** Step at which this report could be known. */
  readonly confirmedAt: number;
  /** Continuous time at which the training set was memorised; null if it is not. */
  readonly memorised: number | null;
  /** Continuous time at which the change began. */
  readonly onset: number;
  /** Continuous times at 10, 50 and 90 % of the change; null while the event is open. */
  readonly t10: number | null;
  readonly t50: number | null;
  readonly t90: number | null;
  /** ln(t90 / t10); null while the event is open. */
  readonly width: number | null;
  /** Test metric before the change and (so far) after it, in its own units. */
  readonly before: number;
  readonly after: number;
  /** One sentence for a reader. */
  readonly evidence: string;
}
