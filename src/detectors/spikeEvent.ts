/** What a rise of the loss turned out to be. `undecided` while it is still open. */
export type SpikeVerdict = 'undecided' | 'spike' | 'catapult' | 'bad batch' | 'level shift' | 'divergence';

/**
 * One rise of the loss, reported each time something about it becomes known: when it opens, when it turns into a
 * divergence, and when it closes. Plain data with finite numbers only, so that it survives JSON. A later report
 * of the same rise has the same `begin`; an earlier report is never changed.
 */
export interface SpikeEvent {
  readonly kind: 'spike';
  /** `open` while the loss is up; `closed` once it came back, settled higher, or the run was restarted. */
  readonly state: 'open' | 'closed';
  /** Step of the onset: the first step of the rise. */
  readonly begin: number;
  /** Step at which this report could be known, never earlier. (After a restart: a step of the new count.) */
  readonly confirmedAt: number;
  /** Step at which the loss was back, or at which the event was given up; null while open. */
  readonly end: number | null;
  /** Largest finite loss so far; `before` if there was none. */
  readonly peak: number;
  readonly peakStep: number;
  /** Loss before the rise: the smallest of the last four values before `begin` (0 if there was no value at all). */
  readonly before: number;
  /** peak / before (1 if there was no value before). */
  readonly ratio: number;
  readonly verdict: SpikeVerdict;
  /**
   * How sure the verdict is, 0 to 1; null while undecided. Of spikes, catapults and bad batches: by the margin of the
   * weakest piece of evidence, half where none could be had. Level shifts and divergences are sure by definition.
   */
  readonly confidence: number | null;
  /** Share of the rise that lies in the top eigenspace of the tangent kernel; null if not measured. */
  readonly topShare: number | null;
  /** Largest eigenvalue of the tangent kernel over n at the onset; null if not measured. */
  readonly lambdaBefore: number | null;
  /** The same at the return of the loss, or the last reading since the peak; null if not measured. */
  readonly lambdaAfter: number | null;
  /** Steps from onset to return; null if the loss did not return. */
  readonly recoveredIn: number | null;
  /** One sentence for a reader: what was seen, and what could not be checked. */
  readonly evidence: string;
}
