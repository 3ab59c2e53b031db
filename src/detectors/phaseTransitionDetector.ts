import { accuracyScale, lossScale, type MetricScale } from './metricScale.ts';
import { checkStep, checkStored, numberOption } from './option.ts';
import { TransitionAlarm } from './transitionAlarm.ts';
import type { TransitionEvent } from './transitionEvent.ts';
import { emptyMemory, type TransitionMemory } from './transitionMemory.ts';
import { transitionProgress } from './transitionProgress.ts';
import { measuredReport, outlineReport } from './transitionReport.ts';
import { TransitionTrail } from './transitionTrail.ts';

/** Settings of a {@link PhaseTransitionDetector}. */
export interface PhaseTransitionDetectorOptions {
  /** What the test metric is (default `accuracy`, 0 to 1); a `loss` is taken in the logarithm. */
  readonly test?: 'accuracy' | 'loss';
  /** What the training metric is (default `accuracy`). */
  readonly train?: 'accuracy' | 'loss';
  /**
   * Training metric from which on the training set counts as memorised (default: accuracy .99; loss 1 % of the first
   * loss). Wrong, it makes ordinary learning look delayed, or hides a delay.
   */
  readonly memorised?: number;
  /** Smallest change that counts (default .1 of accuracy, or a factor 3 of the loss). */
  readonly change?: number;
}

/** What {@link PhaseTransitionDetector.push} returns: one object, overwritten by the next push. */
export interface PhaseTransitionState {
  readonly step: number;
  readonly time: number;
  /** Continuous time of memorisation; null before. */
  readonly memorised: number | null;
  /** Whether a change is under way. */
  readonly open: boolean;
  /** Set at the push that opened or closed an event; null otherwise. */
  readonly event: TransitionEvent | null;
  /** Observations passed over: time or test metric not a positive (finite) number. */
  readonly skipped: number;
}

/** State of a {@link PhaseTransitionDetector} as plain JSON. */
export interface StoredPhaseTransitionDetector {
  readonly detector: 'phase transition';
  readonly version: 1;
  readonly options: PhaseTransitionDetectorOptions;
  readonly memory: TransitionMemory;
  /** x, raw, smooth, step of each kept observation. */
  readonly trail: readonly (readonly number[])[];
}

/** Observations closer than this in ln(time) are one. */
const RESOLUTION = 0.02;

/**
 * Finds late changes of generalisation: grokking, misgrokking, gradual ones, in continuous time.
 *
 * All of it happens in x = ln(continuous time), where a transition has a shape that does not depend on when it
 * happens (Lyu et al. 2024, arXiv 2311.18817: the transition is at (1/wd) ln(alpha) of *time*; give the sum of learning
 * rates, over 1 - momentum, and not steps). Noise is evened out by 2 asin sqrt(accuracy), or -ln(loss), and a running
 * median of five, stamped at its centre. A two-sided cumulative sum (`TransitionAlarm`) opens an event; it closes when the
 * metric has settled (`transitionProgress`), and then 10, 50 and 90 % are measured on the kept observations
 * (`transitionShape`) and the event is named (`transitionClass`). A change that is taken back before it settles closes as `none`.
 *
 * Needs some 24 observations per decade of time; with 8 it misses sharp transitions. The same or an earlier time: equal
 * is ignored, earlier is a restart (an open event closes as `none`, memorisation is forgotten if it lies later).
 * Non-finite metrics are skipped and counted. State is bounded: at most 256 observations are kept, thinned by half when
 * full. Nothing is allocated by a push that reports nothing.
 *
 * @example
 * const detector = new PhaseTransitionDetector();
 * let time = 0;
 * for (const { step, learningRate, train, test } of evaluations) {
 *   time += learningRate;
 *   const { event } = detector.push(time, train, test, step);
 *   if (event?.class === 'grokking') console.log(event.t50);
 * }
 */
export class PhaseTransitionDetector {
  readonly options: PhaseTransitionDetectorOptions;
  readonly #memory: TransitionMemory = emptyMemory();
  readonly #trail = new TransitionTrail(this.#memory);
  readonly #scale: MetricScale;
  readonly #alarm: TransitionAlarm;
  readonly #least: number;
  readonly #view: {
    step: number;
    time: number;
    memorised: number | null;
    open: boolean;
    event: TransitionEvent | null;
    skipped: number;
  } = { step: -1, time: Number.NaN, memorised: null, open: false, event: null, skipped: 0 };

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: PhaseTransitionDetectorOptions = {}) {
    for (const side of ['test', 'train'] as const) {
      const metric = options[side] ?? 'accuracy';
      if (metric !== 'accuracy' && metric !== 'loss') {
        throw new RangeError(`${side} is ${String(metric)}; expected 'accuracy' or 'loss'`);
      }
    }
    const accuracy = options.test !== 'loss';
    if (options.train === 'loss') numberOption('memorised', options.memorised, 1, 0, 1e300, 'training loss');
    else numberOption('memorised', options.memorised, 0.99, 0, 1, 'training accuracy');
    this.#least = accuracy
      ? numberOption('change', options.change, 0.1, 0.001, 1, 'accuracy')
      : Math.log(numberOption('change', options.change, 3, 1.01, 1e9, 'factor of the loss'));
    this.#scale = accuracy ? accuracyScale : lossScale;
    this.#alarm = new TransitionAlarm(this.#memory, this.#trail, this.#scale);
    this.options = { ...options };
  }

  /** The state after the last push; the same object every time. */
  get state(): PhaseTransitionState {
    return this.#view;
  }

  /**
   * Takes in one evaluation and returns the state, in one object that the next push overwrites.
   * @param time continuous time: the sum of learning rates so far. Time 0 is passed over.
   * @param train training metric; @param test test metric.
   * @param step defaults to the step after the last one.
   * @throws RangeError if `step` is not finite.
   */
  push(time: number, train: number, test: number, step: number = this.#memory.step + 1): PhaseTransitionState {
    checkStep(step);
    const m = this.#memory;
    const view = this.#view;
    view.event = null;
    const x = Math.log(time);
    const y = this.#scale.y(test);
    m.step = step;
    view.step = step;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      if (time === 0 && m.firstLoss === 0 && train > 0 && Number.isFinite(train)) m.firstLoss = train;
      m.skipped += 1;
      view.skipped = m.skipped;
      return view;
    }
    if (m.time > 0 && time <= m.time) {
      if (time === m.time) return view;
      this.#restart(x);
    }
    m.time = time;
    m.x = x;
    view.time = time;
    this.#memorise(train);
    m.binCount += 1;
    m.binX += x;
    m.binY += y;
    if (m.hasFlushed === 0 || x - m.flushed >= RESOLUTION) {
      m.hasFlushed = 1;
      m.flushed = x;
      this.#observe();
    }
    view.open = m.moving !== 0;
    return view;
  }

  /** Reports a change that is still under way when the stream ends, named by what is known; null if there is none. */
  finish(): TransitionEvent | null {
    return this.#memory.moving === 0 ? null : this.#measured('open', 'The stream ended before the new level settled');
  }

  /** Plain JSON; {@link PhaseTransitionDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredPhaseTransitionDetector {
    return {
      detector: 'phase transition',
      version: 1,
      options: { ...this.options },
      memory: { ...this.#memory },
      trail: this.#trail.toJSON(),
    };
  }

  /** @throws TypeError if `stored` is not what {@link PhaseTransitionDetector.toJSON} wrote. */
  static fromJSON(stored: StoredPhaseTransitionDetector): PhaseTransitionDetector {
    checkStored(stored, 'phase transition');
    const detector = new PhaseTransitionDetector(stored.options);
    const m = Object.assign(detector.#memory, stored.memory);
    detector.#trail.restore(stored.trail);
    const view = detector.#view;
    view.step = m.step;
    if (m.time > 0) view.time = m.time;
    view.open = m.moving !== 0;
    view.memorised = m.hasMemorised === 1 ? Math.exp(m.xMemorised) : null;
    view.skipped = m.skipped;
    return detector;
  }

  #restart(x: number): void {
    const m = this.#memory;
    if (m.moving !== 0) {
      this.#view.event = this.#unnamed('closed', 'The time went back (a restart)');
    }
    if (m.hasMemorised === 1 && m.xMemorised > x) {
      m.hasMemorised = 0;
      m.fits = 0;
      this.#view.memorised = null;
    }
    m.hasFlushed = 0;
    m.binCount = 0;
    m.binX = 0;
    m.binY = 0;
    m.kept = 0;
    m.moving = 0;
    m.baseCount = 0;
    m.up = 0;
    m.down = 0;
  }

  /** The training set is memorised once the metric says so twice running. */
  #memorise(train: number): void {
    const m = this.#memory;
    const { options } = this;
    let fits: boolean;
    if (options.train === 'loss') {
      if (m.firstLoss === 0 && train > 0 && Number.isFinite(train)) m.firstLoss = train;
      fits = train <= (options.memorised ?? 0.01 * m.firstLoss);
    } else fits = train >= (options.memorised ?? 0.99);
    if (m.hasMemorised === 1) return;
    if (!fits) m.fits = 0;
    else if (m.fits === 0) {
      m.fits = 1;
      m.fitsSince = m.x;
    } else {
      m.hasMemorised = 1;
      m.xMemorised = m.fitsSince;
      this.#view.memorised = Math.exp(m.xMemorised);
    }
  }

  /** One observation, the mean of what came since the last. */
  #observe(): void {
    const m = this.#memory;
    const x = m.binX / m.binCount;
    const y = m.binY / m.binCount;
    m.binCount = 0;
    m.binX = 0;
    m.binY = 0;
    this.#trail.keep(x, y);
    this.#alarm.hear(y);
    if (m.kept < 5) {
      // Too few for a median: the level is their mean.
      this.#alarm.learn(y);
      return;
    }
    const centre = this.#trail.smoothNewest();
    if (m.moving === 0) {
      const direction = this.#alarm.observe(centre);
      if (direction === 1) this.#open(1, m.upFrom, m.upBase);
      else if (direction === -1) this.#open(-1, m.downFrom, m.downBase);
      return;
    }
    const { sigma } = this.#alarm;
    const progress = transitionProgress(m, this.#trail, this.#scale, sigma, centre, this.#least);
    if (progress === 'taken back') this.#end(this.#unnamed('closed', 'It was taken back'), m.from);
    else if (progress === 'settled') {
      this.#end(this.#measured('closed', 'The new level settled'), this.#trail.levelNow());
    }
  }

  #open(direction: number, onset: number, from: number): void {
    const m = this.#memory;
    m.moving = direction;
    m.onset = onset;
    m.onsetX = this.#trail.xs[onset]!;
    m.from = from;
    this.#view.event = this.#unnamed('open', 'Generalisation is changing');
  }

  /** Ends a change, and starts from the level it has led to. */
  #end(report: TransitionEvent, level: number): void {
    const m = this.#memory;
    this.#view.event = report;
    m.moving = 0;
    this.#alarm.begin(level);
    this.#trail.drop(Math.max(0, m.kept - 16));
  }

  #measured(state: 'open' | 'closed', happened: string): TransitionEvent {
    return measuredReport(this.#memory, this.#trail, this.#scale, state, this.#least, happened);
  }

  #unnamed(state: 'open' | 'closed', happened: string): TransitionEvent {
    return outlineReport(this.#memory, this.#trail, this.#scale, state, 'none', happened);
  }
}
