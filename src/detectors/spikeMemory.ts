/** `phase`: no event is open, one is, or one that counts as a divergence. */
export const QUIET = 0;
export const OPEN = 1;
export const DIVERGED = 2;

/** Everything a spike detector remembers besides the level; numbers only, all finite, so that JSON keeps them exactly. */
export interface SpikeMemory {
  started: number;
  phase: number;
  step: number;
  restart: number;
  smoothed: number;
  skipped: number;
  // The last four values (log), oldest first.
  last1: number;
  last2: number;
  last3: number;
  last4: number;
  // The current stretch of values clearly above the level; `rising` counts the last ones that climb without a break.
  rising: number;
  riseStep: number;
  riseBefore: number;
  riseLevel: number;
  risePeak: number;
  risePeakStep: number;
  // The current run of the cumulative sum.
  sum: number;
  sumStep: number;
  sumBefore: number;
  sumLevel: number;
  sumPeak: number;
  sumPeakStep: number;
  sumExcess: number;
  sumCount: number;
  // The open event.
  begin: number;
  before: number;
  base: number;
  scatter: number;
  peak: number;
  peakStep: number;
  finite: number;
  nonFinite: number;
  observed: number;
  back: number;
  backStep: number;
  running: number;
}

export function emptyMemory(): SpikeMemory {
  return {
    started: 0,
    phase: QUIET,
    step: -1,
    restart: 0,
    smoothed: 0,
    skipped: 0,
    last1: 0,
    last2: 0,
    last3: 0,
    last4: 0,
    rising: 0,
    riseStep: 0,
    riseBefore: 0,
    riseLevel: 0,
    risePeak: 0,
    risePeakStep: 0,
    sum: 0,
    sumStep: 0,
    sumBefore: 0,
    sumLevel: 0,
    sumPeak: 0,
    sumPeakStep: 0,
    sumExcess: 0,
    sumCount: 0,
    begin: 0,
    before: 0,
    base: 0,
    scatter: 0,
    peak: 0,
    peakStep: 0,
    finite: 0,
    nonFinite: 0,
    observed: 0,
    back: 0,
    backStep: 0,
    running: 0,
  };
}
