/** Everything a phase transition detector remembers besides the kept observations; finite numbers only. */
export interface TransitionMemory {
  step: number;
  time: number;
  x: number;
  skipped: number;
  firstLoss: number;
  fits: number;
  fitsSince: number;
  /** ln of the continuous time of memorisation; only if hasMemorised. */
  xMemorised: number;
  hasMemorised: number;
  // Observations that lie close together are averaged.
  binCount: number;
  binX: number;
  binY: number;
  flushed: number;
  hasFlushed: number;
  // The level before a change.
  baseCount: number;
  baseZ: number;
  baseY: number;
  noise: number;
  noiseCount: number;
  lastZ: number;
  // Two-sided cumulative sum: where each side left zero.
  up: number;
  upFrom: number;
  upBase: number;
  down: number;
  downFrom: number;
  downBase: number;
  // The change under way.
  moving: number;
  onset: number;
  onsetX: number;
  from: number;
  /** How many observations the trail keeps. */
  kept: number;
}

export function emptyMemory(): TransitionMemory {
  return {
    step: -1,
    time: 0,
    x: 0,
    skipped: 0,
    firstLoss: 0,
    fits: 0,
    fitsSince: 0,
    xMemorised: 0,
    hasMemorised: 0,
    binCount: 0,
    binX: 0,
    binY: 0,
    flushed: 0,
    hasFlushed: 0,
    baseCount: 0,
    baseZ: 0,
    baseY: 0,
    noise: 0.04,
    noiseCount: 0,
    lastZ: 0,
    up: 0,
    upFrom: 0,
    upBase: 0,
    down: 0,
    downFrom: 0,
    downBase: 0,
    moving: 0,
    onset: 0,
    onsetX: 0,
    from: 0,
    kept: 0,
  };
}
