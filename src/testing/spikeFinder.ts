import type { ReportedEvent } from './detectorRun.ts';

/** What the standard suite reads of a report on a rise of the loss; the last report of the same `begin` counts. */
export interface SpikeReport extends ReportedEvent {
  /**
   * What the rise turned out to be, where the detector tells kinds apart. Only `spike` can match a planted spike, and
   * a planted level shift should be a `level shift`; without a verdict every report says `spike`.
   */
  readonly verdict?: string;
}

/**
 * What the standard suite needs of a spike detector. `onager bench detectors --module FILE` runs it on the detectors
 * that the default export or the export `makeSpikeDetector` of an ES module returns, a fresh one for each trace:
 *
 * ```js
 * export default () => {
 *   let average;
 *   return {
 *     push(loss, step) {
 *       const rises = loss > 3 * average;
 *       average = average === undefined ? loss : 0.95 * average + 0.05 * loss;
 *       return { event: rises ? { state: 'closed', begin: step, confirmedAt: step } : null };
 *     },
 *   };
 * };
 * ```
 */
export interface SpikeFinder {
  /** Takes in the loss of a step; `event` is what has become known with it, or null. */
  push(value: number, step: number): { readonly event: SpikeReport | null };
  /** Reports an event that is still open at the end of the trace. */
  finish?(): SpikeReport | null;
}
