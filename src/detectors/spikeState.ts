import type { SpikeEvent } from './spikeEvent.ts';

/** What `SpikeDetector.push` returns: one object, overwritten by the next push. */
export interface SpikeState {
  /** Step of the value last taken in. */
  readonly step: number;
  /** That value, as it was pushed. */
  readonly value: number;
  /** Loss expected in the absence of a spike (geometric), frozen during an event; NaN before the first value. */
  readonly level: number;
  /** Scatter of the log-loss about its level (standard deviation). */
  readonly scatter: number;
  /** value / level. */
  readonly ratio: number;
  /** Factor over the level at which a single value opens an event. */
  readonly threshold: number;
  /** Whether an event is open. */
  readonly open: boolean;
  /** Begin step of the open event; NaN if none is open. */
  readonly begin: number;
  /** Set at the push that opened, escalated or closed an event; null otherwise. */
  readonly event: SpikeEvent | null;
  /** How many values were passed over because a log-loss needs positive ones. */
  readonly skipped: number;
}

/** The one state object of a detector; exponentials only for those who look. */
export class SpikeView implements SpikeState {
  step = -1;
  value = Number.NaN;
  open = false;
  begin = Number.NaN;
  event: SpikeEvent | null = null;
  skipped = 0;
  // Declared without a number, these would begin as undefined, and every double stored in them would be boxed.
  scatter = Number.NaN;
  logLevel = Number.NaN;
  logThreshold = Number.NaN;

  constructor(scatter: number, logThreshold: number) {
    this.scatter = scatter;
    this.logThreshold = logThreshold;
  }

  get level(): number {
    return Math.exp(this.logLevel);
  }

  get ratio(): number {
    return this.value / Math.exp(this.logLevel);
  }

  get threshold(): number {
    return Math.exp(this.logThreshold);
  }
}
