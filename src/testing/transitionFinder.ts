/** What the standard suite reads of a report on a change of generalisation: a `TransitionEvent` is one. */
export interface TransitionReport {
  /** Only closed reports, and what `finish` returns, count. */
  readonly state: 'open' | 'closed';
  /** `none` is no report. */
  readonly class: 'grokking' | 'misgrokking' | 'gradual' | 'none';
  /** Continuous time at half of the change. */
  readonly t50: number | null;
}

/**
 * What the standard suite needs of a transition detector. `onager bench detectors --module FILE` runs it on the
 * detectors that the export `makeTransitionDetector` of an ES module returns, a fresh one for each trace.
 */
export interface TransitionFinder {
  /** Takes in an evaluation: continuous time, training and test accuracy. */
  push(time: number, train: number, test: number, step: number): { readonly event: TransitionReport | null };
  finish?(): TransitionReport | null;
}
