import { LossLevel } from './lossLevel.ts';
import { checkStep, checkStored } from './option.ts';
import { checkedSpikeOptions, type SpikeDetectorOptions, type StoredSpikeDetector } from './spikeDetectorOptions.ts';
import type { SpikeEvent, SpikeVerdict } from './spikeEvent.ts';
import { DIVERGED, emptyMemory, OPEN, QUIET, type SpikeMemory } from './spikeMemory.ts';
import { spikeReport } from './spikeReport.ts';
import { type SpikeState, SpikeView } from './spikeState.ts';

export type { SpikeDetectorOptions, StoredSpikeDetector } from './spikeDetectorOptions.ts';
export type { SpikeState } from './spikeState.ts';

/** One value this many standard deviations up opens an event. */
const ONE_STEP = 5;
/** Cumulative sum of standardised excess over the first number opens one at the second. */
const SUM_SLACK = 0.85;
const SUM_LIMIT = 6.25;
const SUM_CLIP = 4;
/** The loss is back below this factor of what it was (papers' label of a catapult: 1.1). */
const RETURN = Math.log(1.1);
/** Below this scatter a single value is believed to be back. */
const CALM = 0.03;
/** Under noise the level itself is not known to a tenth. */
const NOISY_RETURN = Math.log(1.2);
/** Standardised evidence for being back that closes an event. */
const BACK_LIMIT = 4;
/** Observations after which the mean of an open event is trusted. */
const LONG = 50;
/** Before so many values correlated noise is not known as such: the cumulative sum needs twice as much. */
const EARLY = 40;
/** A level shift needs at least this many observations, however far apart they are. */
const LEAST_OBSERVED = 8;

/**
 * Finds rises of a loss that come back (spikes), stay (level shifts) or blow up (divergences), while the run goes on.
 *
 * Works on the log-loss, so the scale of the loss does not matter. The level and the scatter are tracked from normal
 * values ({@link LossLevel}) and frozen while an event is open. An event opens when one value is 5 standard
 * deviations up, or when a cumulative sum (Page 1954) has gathered as much from several; in both cases only if the rise
 * exceeds `ratio`. It closes when a second cumulative sum is convinced that the loss is back, so that a lucky low
 * value on a raised level does not close it. It began as the detector of Onager's notes on Zhu et al. 2024
 * (arXiv 2306.04815), whose labels it keeps: `before` is the smallest of the last four values.
 *
 * Steps: gaps are fine (time is counted in steps, evidence in values). The same step again is ignored: the first
 * reading stands. A step lower than the last is a restart: an open event is closed as undecided, and the level starts
 * again at the new value while the scatter is kept. Values <= 0 are skipped and counted. NaN and infinities open (or
 * escalate) an event with verdict divergence, which closes when the loss is back, or once `patience` has passed and
 * the loss is finite; they never enter level or scatter. At most one report is made per push.
 *
 * Never looks ahead; nothing is allocated by a push that reports nothing; the state has a fixed size.
 *
 * @example
 * const detector = new SpikeDetector();
 * for (const [step, loss] of losses.entries()) {
 *   const { event } = detector.push(loss, step);
 *   if (event?.state === 'closed') console.log(event.verdict, event.ratio);
 * }
 */
export class SpikeDetector {
  readonly options: Required<SpikeDetectorOptions>;
  readonly #level: LossLevel;
  readonly #memory: SpikeMemory;
  readonly #view: SpikeView;
  readonly #least: number;
  readonly #cap: number;
  readonly #past: number;

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: SpikeDetectorOptions = {}) {
    this.options = checkedSpikeOptions(options);
    this.#least = Math.log(this.options.ratio);
    this.#cap = Math.log(this.options.divergenceRatio);
    this.#past = this.options.smoothing;
    this.#level = new LossLevel(this.options.noise);
    this.#memory = emptyMemory();
    this.#view = new SpikeView(this.#level.scatter, this.#least);
  }

  /** The state after the last push; the same object every time. */
  get state(): SpikeState {
    return this.#view;
  }

  /**
   * Takes in the loss of one step and returns the state, in one object that the next push overwrites.
   * @param step defaults to the step after the last one.
   * @throws RangeError if `step` is not finite.
   */
  push(value: number, step: number = this.#memory.step + 1): SpikeState {
    checkStep(step);
    const m = this.#memory;
    const view = this.#view;
    view.event = null;
    if (m.started === 1) {
      if (step === m.step) return view;
      if (step < m.step) m.restart = 1;
    }
    const previousStep = m.step;
    m.started = 1;
    m.step = step;
    view.step = step;
    view.value = value;
    if (!Number.isFinite(value)) this.#takeNonFinite(step);
    else if (value <= 0) {
      m.skipped += 1;
      view.skipped = m.skipped;
    } else if (m.restart === 1) this.#begin(Math.log(value), previousStep);
    else {
      // The value travels in a field: as an argument of a function too big to inline it would be boxed, at each push.
      const x = Math.log(value);
      m.smoothed = this.#past > 0 && this.#level.memory.count > 0 ? this.#past * m.smoothed + (1 - this.#past) * x : x;
      if (m.phase !== QUIET) this.#follow();
      else if (this.#level.memory.count === 0) this.#settle(x, true);
      else this.#watch();
    }
    this.#show();
    return view;
  }

  /** Reports an event that is still open when the stream ends; null if none is. Changes nothing. */
  finish(): SpikeEvent | null {
    const m = this.#memory;
    if (m.phase === QUIET) return null;
    return this.#report('open', m.phase === DIVERGED ? 'divergence' : 'undecided', m.step, null, 'The stream ended');
  }

  /** Plain JSON; {@link SpikeDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredSpikeDetector {
    return {
      detector: 'spike',
      version: 1,
      options: { ...this.options },
      level: { ...this.#level.memory },
      memory: { ...this.#memory },
      value: Number.isFinite(this.#view.value) ? this.#view.value : String(this.#view.value),
    };
  }

  /** @throws TypeError if `stored` is not what {@link SpikeDetector.toJSON} wrote. */
  static fromJSON(stored: StoredSpikeDetector): SpikeDetector {
    checkStored(stored, 'spike');
    const detector = new SpikeDetector(stored.options);
    Object.assign(detector.#memory, stored.memory);
    Object.assign(detector.#level.memory, stored.level);
    detector.#level.refresh();
    const view = detector.#view;
    view.step = stored.memory.step;
    view.skipped = stored.memory.skipped;
    view.value = Number(stored.value);
    detector.#show();
    return detector;
  }

  /** Begins anew after a restart, at log-loss `x`. */
  #begin(x: number, previousStep: number): void {
    const m = this.#memory;
    m.restart = 0;
    if (m.phase !== QUIET) {
      const verdict = m.phase === DIVERGED ? 'divergence' : 'undecided';
      this.#view.event = this.#report('closed', verdict, previousStep, null, 'The step counter went back (a restart)');
    }
    this.#settle(x, false);
  }

  /** Starts a new level at `x`, with no event open. */
  #settle(x: number, forgetScatter: boolean): void {
    const m = this.#memory;
    this.#level.restart(x, forgetScatter);
    m.phase = QUIET;
    m.smoothed = x;
    m.last1 = x;
    m.last2 = x;
    m.last3 = x;
    m.last4 = x;
    m.rising = 0;
    m.sum = 0;
  }

  /** A value while no event is open. */
  #watch(): void {
    const m = this.#memory;
    const x = m.smoothed;
    const step = m.step;
    const level = this.#level.level;
    const scatter = this.#level.scatter;
    const caution = this.#level.caution;
    const excess = x - level;

    const clear = Math.max(scatter, 0.04);
    if (excess <= clear) m.rising = 0;
    else {
      if (m.rising === 0) {
        m.rising = 1;
        m.riseStep = step;
        // Here and below in place: a function that is not inlined boxes the number it returns.
        m.riseBefore = Math.min(m.last1, m.last2, m.last3, m.last4);
        m.riseLevel = level;
        m.risePeak = x;
        m.risePeakStep = step;
      } else {
        m.rising = x > m.last4 ? m.rising + 1 : 1;
        if (x > m.risePeak) {
          m.risePeak = x;
          m.risePeakStep = step;
        }
      }
    }

    const standard = excess / scatter;
    const gain = Math.min(standard, SUM_CLIP) - SUM_SLACK;
    if (m.sum + gain <= 0) m.sum = 0;
    else {
      if (m.sum === 0) {
        m.sumStep = step;
        m.sumBefore = Math.min(m.last1, m.last2, m.last3, m.last4);
        m.sumLevel = level;
        m.sumPeak = x;
        m.sumPeakStep = step;
        m.sumExcess = 0;
        m.sumCount = 0;
      } else if (x > m.sumPeak) {
        m.sumPeak = x;
        m.sumPeakStep = step;
      }
      m.sum += gain;
      m.sumExcess += x - m.sumLevel;
      m.sumCount += 1;
    }

    // Noise rarely climbs three times running: a smooth climb needs less caution, so that a catapult in the very first
    // steps is seen.
    const careful = m.rising >= 3 ? 1 + 0.5 * (caution - 1) : caution;
    const limit = Math.max(ONE_STEP * scatter * careful, this.#least);
    // Against the level at which the rise began: while few values are known, the level itself would climb with it.
    const climbed = m.rising > 1 && x - m.riseLevel > excess ? x - m.riseLevel : excess;
    if (climbed > limit && excess > 0) {
      this.#open(m.riseStep, m.riseBefore, m.riseLevel, m.risePeak, m.risePeakStep, scatter, x, step);
    } else if (
      m.sum > SUM_LIMIT * caution &&
      excess > 0 &&
      m.sumExcess > this.#least * m.sumCount &&
      m.sum > SUM_LIMIT * caution * this.#level.correlationTime ** 0.7 * (this.#level.memory.count < EARLY ? 2 : 1)
    ) {
      this.#open(m.sumStep, m.sumBefore, m.sumLevel, m.sumPeak, m.sumPeakStep, scatter, x, step);
    } else {
      this.#level.take(m);
      m.last1 = m.last2;
      m.last2 = m.last3;
      m.last3 = m.last4;
      m.last4 = x;
    }
  }

  #open(
    begin: number,
    before: number,
    level: number,
    peak: number,
    peakStep: number,
    scatter: number,
    x: number,
    step: number,
  ): void {
    const m = this.#memory;
    m.phase = OPEN;
    m.rising = 0;
    m.sum = 0;
    m.begin = begin;
    m.before = before;
    // On a noise-free descent the level lags; the smallest of four normal values is about one deviation below it.
    const lowest = before + 1.03 * scatter;
    m.base = Math.min(lowest, level);
    m.scatter = scatter;
    m.peak = peak;
    m.peakStep = peakStep;
    m.finite = 1;
    m.nonFinite = 0;
    m.observed = 1;
    m.back = 0;
    m.backStep = step;
    m.running = x;
    if (x - m.base > this.#cap) m.phase = DIVERGED;
    const verdict = m.phase === DIVERGED ? 'divergence' : 'undecided';
    this.#view.event = this.#report('open', verdict, step, null, 'Still up');
  }

  /** A finite value while an event is open. */
  #follow(): void {
    const m = this.#memory;
    const x = m.smoothed;
    const step = m.step;
    m.observed += 1;
    if (m.finite === 0 || x > m.peak) {
      m.peak = x;
      m.peakStep = step;
    }
    m.running = m.finite === 0 ? x : m.running + 0.1 * (x - m.running);
    m.finite = 1;
    if (this.#level.memory.count === 0) {
      // The stream began with NaN: there is nothing to come back to.
      this.#view.event = this.#report('closed', 'divergence', step, null, 'The loss became finite');
      this.#settle(x, true);
      return;
    }

    const excess = x - m.base;
    const calm = m.scatter <= CALM;
    const close = calm ? RETURN : Math.max(NOISY_RETURN, 1.2 * m.scatter);
    const gain = (close - excess) / m.scatter;
    const next = m.back + (gain > BACK_LIMIT ? BACK_LIMIT : Math.max(gain, -BACK_LIMIT));
    if (m.back === 0) m.backStep = step;
    m.back = Math.max(next, 0);

    // A level that was underestimated would keep the event open for good: what is less than a rise is no level shift.
    if (!calm && m.observed >= LONG && m.running - m.base <= Math.max(this.#least, 1.5 * m.scatter)) {
      this.#view.event = this.#report(
        'closed',
        m.phase === DIVERGED ? 'divergence' : 'spike',
        step,
        step,
        'The loss came back',
      );
      this.#settle(m.running, false);
      return;
    }
    const noisy = m.scatter > 0.3 ? 2 * BACK_LIMIT : BACK_LIMIT;
    const sharp = calm && excess <= close;
    if (m.back >= noisy || sharp) {
      const verdict = m.phase === DIVERGED ? 'divergence' : 'spike';
      this.#view.event = this.#report('closed', verdict, step, sharp ? step : m.backStep, 'The loss came back');
      m.phase = QUIET;
      this.#resume(x);
      return;
    }
    if (step - m.begin >= this.options.patience && m.observed >= LEAST_OBSERVED) {
      const verdict = m.phase === DIVERGED ? 'divergence' : 'level shift';
      this.#view.event = this.#report('closed', verdict, step, null, 'The loss did not come back');
      this.#settle(m.running, false);
      return;
    }
    if (m.phase === OPEN && excess > this.#cap) {
      m.phase = DIVERGED;
      this.#view.event = this.#report('open', 'divergence', step, null, 'Still up');
    }
  }

  /** Goes on from the level before the event, which `x` may have undercut meanwhile. */
  #resume(x: number): void {
    const m = this.#memory;
    this.#level.resume(m.base, x);
    m.last1 = m.last2;
    m.last2 = m.last3;
    m.last3 = m.last4;
    m.last4 = x;
  }

  #takeNonFinite(step: number): void {
    const m = this.#memory;
    if (m.phase === QUIET) {
      const known = this.#level.memory.count > 0;
      m.begin = step;
      m.before = known ? Math.min(m.last1, m.last2, m.last3, m.last4) : 0;
      m.base = known ? this.#level.level : 0;
      m.scatter = this.#level.scatter;
      m.peak = m.before;
      m.peakStep = step;
      m.finite = 0;
      m.nonFinite = 0;
      m.observed = 0;
      m.back = 0;
      m.backStep = step;
      m.running = m.before;
      if (m.rising > 0) {
        m.begin = m.riseStep;
        m.before = m.riseBefore;
        m.base = m.riseLevel;
        m.peak = m.risePeak;
        m.peakStep = m.risePeakStep;
        m.running = m.peak;
        m.finite = 1;
      }
      m.rising = 0;
      m.sum = 0;
    }
    m.nonFinite += 1;
    m.observed += 1;
    m.back = 0;
    if (m.phase !== DIVERGED) {
      m.phase = DIVERGED;
      this.#view.event = this.#report('open', 'divergence', step, null, 'Still up');
    }
  }

  #report(
    state: 'open' | 'closed',
    verdict: SpikeVerdict,
    confirmedAt: number,
    end: number | null,
    happened: string,
  ): SpikeEvent {
    return spikeReport(this.#memory, this.#level.memory.count > 0, { state, verdict, confirmedAt, end, happened });
  }

  #show(): void {
    const m = this.#memory;
    const view = this.#view;
    const open = m.phase !== QUIET;
    const scatter = open ? m.scatter : this.#level.scatter;
    const single = ONE_STEP * scatter * this.#level.caution;
    view.open = open;
    view.begin = open ? m.begin : Number.NaN;
    view.scatter = scatter;
    view.logLevel = open ? m.base : this.#level.level;
    if (this.#level.memory.count === 0) view.logLevel = Number.NaN;
    view.logThreshold = Math.max(single, this.#least);
  }
}
