/** Numbers that describe where the log-loss runs and how much it scatters. All finite. */
export interface LossLevelMemory {
  count: number;
  slow: number;
  middle: number;
  fast: number;
  slowError: number;
  middleError: number;
  fastError: number;
  mean: number;
  variance: number;
  covariance: number;
  residual: number;
  last: number;
  beforeLast: number;
  roughness: number;
}

/** Scatter of a noise-free trace is taken as this (log units), so that rounding never looks like a spike. */
const SCATTER_FLOOR = 0.02;
/** A quicker average must have predicted this much better (mean square) to be preferred to a slower one. */
const MARGIN = 0.7;
const WARM_UP = 20;
/** Thresholds are (1 + this / values seen) times what they are in the long run. */
const CAUTION = 12;
/** Weight of a value in the running scatter, in the long run. */
const SCATTER_GAIN = 0.02;

/**
 * Tracks the level and the scatter of a log-loss, one value at a time, from normal values only.
 *
 * Three exponential averages run side by side, quick or slow to fall but all slow to rise; the one that has lately
 * predicted the next value best is the level. A noise-free descent thus gets a level that hugs it, a noisy plateau
 * one that averages some 25 values, and nobody has to choose. All three are averages of past values, hence never
 * below a non-increasing trace: a monotone descent cannot look like a rise.
 */
export class LossLevel {
  readonly memory: LossLevelMemory;
  /** Level of the log-loss. */
  level = Number.NaN;
  /** Standard deviation of the log-loss about its level. */
  scatter = Number.NaN;
  /** Factor >= 1 by which thresholds widen while few values are known. */
  caution = Number.NaN;
  private average = Number.NaN;

  readonly #noise: number | null;

  /** @param noise scatter to assume until it can be measured; null if unknown, which calls for caution. */
  constructor(noise: number | null = null) {
    this.#noise = noise;
    this.memory = {
      count: 0,
      slow: 0,
      middle: 0,
      fast: 0,
      slowError: 0,
      middleError: 0,
      fastError: 0,
      mean: 0,
      variance: 0.01,
      covariance: 0,
      residual: 0,
      last: 0,
      beforeLast: 0,
      roughness: 0.08,
    };
    this.refresh();
  }

  /** Starts again at `x`; what is known of the scatter is kept unless `forgetScatter`. */
  restart(x: number, forgetScatter: boolean): void {
    const m = this.memory;
    m.slow = x;
    m.middle = x;
    m.fast = x;
    m.last = x;
    m.beforeLast = x;
    m.mean = 0;
    m.residual = 0;
    if (forgetScatter || m.count === 0) m.count = 1;
    this.refresh();
  }

  /** Goes on after an event from a level of at most `base`, the log-loss now being `x`. */
  resume(base: number, x: number): void {
    const m = this.memory;
    if (base < m.slow) m.slow = base;
    if (base < m.middle) m.middle = base;
    if (base < m.fast) m.fast = base;
    m.last = x;
    m.beforeLast = x;
    this.refresh();
  }

  /** Level and scatter follow from the memory; kept, because every push needs them twice. Call after changing it. */
  refresh(): void {
    const m = this.memory;
    let average = m.slow;
    let error = m.slowError;
    if (m.middleError < MARGIN * error) {
      average = m.middle;
      error = m.middleError;
    }
    if (m.fastError < MARGIN * error) average = m.fast;
    this.average = average;
    // A quick average under correlated noise sits below the middle of the values; `mean` says how far.
    this.level = m.mean > 0 ? average + m.mean : average;
    const early = m.count < WARM_UP;
    // Second differences tell noise from a smooth climb, which residuals cannot while they are few.
    const measured = early ? m.roughness : Math.min(Math.sqrt(m.variance), 2 * m.roughness);
    const scatter = early && this.#noise !== null ? this.#noise : measured;
    this.scatter = Math.max(scatter, SCATTER_FLOOR);
    this.caution = this.#noise !== null ? 1 : 1 + CAUTION / (m.count + 1);
  }

  /** (1 + r) / (1 - r), r the lag-one autocorrelation of the residuals: how many values count as one. */
  get correlationTime(): number {
    const m = this.memory;
    const r = m.covariance / m.variance;
    if (!(r > 0)) return 1;
    return r > 0.8 ? 9 : (1 + r) / (1 - r);
  }

  /** Takes in one normal value, `from.smoothed` (a field: as an argument it would be boxed). */
  take(from: { readonly smoothed: number }): void {
    const m = this.memory;
    const x = from.smoothed;
    if (m.count === 0) {
      this.restart(x, true);
      return;
    }
    const scatter = this.scatter;
    const d = x - this.average;
    const newest = 1 / (m.count + 1);
    // A value this high may be the foot of a spike: it must not widen the scatter that is to expose it.
    const wide = scatter * this.caution;
    const suspect = d > 2.5 * wide;
    if (!suspect) {
      const reach = -3 * scatter - 0.05;
      const clipped = Math.max(d, reach);
      const g = Math.max(newest, SCATTER_GAIN);
      m.mean += g * (clipped - m.mean);
      const residual = clipped - m.mean;
      m.variance += g * (residual * residual - m.variance);
      m.covariance += g * (residual * m.residual - m.covariance);
      m.residual = residual;
    }

    // 0.512 turns the mean absolute second difference of white noise into its standard deviation.
    const bend = 0.512 * Math.abs(x - 2 * m.last + m.beforeLast);
    if (m.count > 1) {
      const most = m.count < WARM_UP ? bend : Math.min(bend, 3 * m.roughness + 0.01);
      m.roughness += Math.max(newest, SCATTER_GAIN) * (most - m.roughness);
    }
    m.beforeLast = m.last;
    m.last = x;

    const lift = suspect ? 0.5 * scatter : 2 * wide;
    const e0 = x - m.slow;
    const e1 = x - m.middle;
    const e2 = x - m.fast;
    const cap = 16 * scatter * scatter + 0.01;
    m.slowError += 0.05 * (Math.min(e0 * e0, cap) - m.slowError);
    m.middleError += 0.05 * (Math.min(e1 * e1, cap) - m.middleError);
    m.fastError += 0.05 * (Math.min(e2 * e2, cap) - m.fastError);
    const begin = Math.max(newest, 0.04);
    m.slow += begin * Math.min(e0, lift);
    m.middle += e1 < 0 ? 0.15 * e1 : 0.05 * Math.min(e1, lift);
    m.fast += e2 < 0 ? 0.5 * e2 : 0.05 * Math.min(e2, lift);
    m.count += 1;
    this.refresh();
  }
}
