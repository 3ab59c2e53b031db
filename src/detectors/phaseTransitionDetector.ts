import { checkStep, checkStored, numberOption } from './option.ts';
import type { TransitionClass, TransitionEvent } from './transitionEvent.ts';
import { transitionClass, transitionShape } from './transitionShape.ts';

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

interface TransitionMemory {
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
  // Observations closer than RESOLUTION are averaged.
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
  kept: number;
}

/** Observations closer than this in ln(time) are one. */
const RESOLUTION = 0.02;
const TRAIL = 256;
const TRAIL_AT_REST = 96;
const SUM_SLACK = 0.5;
const SUM_CLIP = 3;
const SUM_LIMIT = 10;
/** The new level counts as settled after this long in ln(time), or this share of the change so far. */
const SETTLED = 0.8;
const TAKEN_BACK = 'It was taken back';
/** Settled: the window's halves differ by at most the first share of the change, known to the second. */
const SLOPE = 0.08;
const DOUBT = 0.1;
const SETTLED_SHARE = 0.45;

/**
 * Finds late changes of generalisation: grokking, misgrokking, gradual ones, in continuous time.
 *
 * All of it happens in x = ln(continuous time), where a transition has a shape that does not depend on when it
 * happens (Lyu et al. 2024, arXiv 2311.18817: the transition is at (1/wd) ln(alpha) of *time*; give the sum of learning
 * rates, over 1 - momentum, and not steps). Noise is evened out by 2 asin sqrt(accuracy), or -ln(loss), and a running
 * median of five, stamped at its centre. A two-sided cumulative sum (Page 1954) opens an event; it closes when the metric
 * has settled, and then 10, 50 and 90 % are measured on the kept observations ({@link transitionShape}) and the event
 * is named ({@link transitionClass}). A change that is taken back before it settles closes as `none`.
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
  readonly #xs = new Float64Array(TRAIL);
  readonly #raw = new Float64Array(TRAIL);
  readonly #smooth = new Float64Array(TRAIL);
  readonly #steps = new Float64Array(TRAIL);
  readonly #five = new Float64Array(5);
  readonly #least: number;
  readonly #floor: number;
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
    this.#floor = accuracy ? 0.02 : 0.03;
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
    const y = this.options.test === 'loss' ? -Math.log(test) : test;
    m.step = step;
    view.step = step;
    if (!Number.isFinite(x) || !Number.isFinite(y) || (this.options.test !== 'loss' && (y < 0 || y > 1))) {
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
    const { kept } = this.#memory;
    const trail = [this.#xs, this.#raw, this.#smooth, this.#steps].map((column) => [...column.subarray(0, kept)]);
    return {
      detector: 'phase transition',
      version: 1,
      options: { ...this.options },
      memory: { ...this.#memory },
      trail,
    };
  }

  /** @throws TypeError if `stored` is not what {@link PhaseTransitionDetector.toJSON} wrote. */
  static fromJSON(stored: StoredPhaseTransitionDetector): PhaseTransitionDetector {
    checkStored(stored, 'phase transition');
    const detector = new PhaseTransitionDetector(stored.options);
    const m = Object.assign(detector.#memory, stored.memory);
    for (const [i, column] of [detector.#xs, detector.#raw, detector.#smooth, detector.#steps].entries()) {
      column.set(stored.trail[i]!);
    }
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
      this.#view.event = this.#described('closed', 'none', 'The time went back (a restart)');
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
    this.#keep(x, y);
    const z = this.#even(y);
    if (m.noiseCount > 0 && m.moving === 0) {
      const gap = 0.886 * Math.abs(z - m.lastZ);
      m.noise += (gap - m.noise) / Math.min(m.noiseCount + 3, 40);
    }
    if (m.moving === 0) m.noiseCount += 1;
    m.lastZ = z;
    if (m.kept < 5) {
      // Too few for a median: the level is their mean.
      this.#learn(this.#raw[m.kept - 1]!);
      return;
    }
    // The median of five belongs to the middle one.
    const centre = m.kept - 3;
    this.#smooth[centre] = this.#median(m.kept - 5);
    if (m.moving === 0) this.#rest(centre);
    else this.#move(centre);
  }

  #keep(x: number, y: number): void {
    const m = this.#memory;
    if (m.moving === 0 && m.kept >= TRAIL_AT_REST) this.#drop(m.kept - TRAIL_AT_REST + 16);
    else if (m.kept >= TRAIL) this.#thin();
    this.#xs[m.kept] = x;
    this.#raw[m.kept] = y;
    this.#smooth[m.kept] = y;
    this.#steps[m.kept] = m.step;
    m.kept += 1;
  }

  #drop(count: number): void {
    const m = this.#memory;
    for (const column of [this.#xs, this.#raw, this.#smooth, this.#steps]) column.copyWithin(0, count, m.kept);
    m.kept -= count;
    m.upFrom = Math.max(0, m.upFrom - count);
    m.downFrom = Math.max(0, m.downFrom - count);
  }

  /** Halves the kept observations, but for the newest eight. */
  #thin(): void {
    const m = this.#memory;
    const old = m.kept - 8;
    const kept = old >> 1;
    for (const column of [this.#xs, this.#raw, this.#smooth, this.#steps]) {
      for (let i = 0; i < kept; i++) column[i] = column[2 * i]!;
      column.copyWithin(kept, old, m.kept);
    }
    m.onset >>= 1;
    m.kept = kept + 8;
  }

  #even(y: number): number {
    return this.options.test === 'loss' ? y : 2 * Math.asin(Math.sqrt(Math.max(0, Math.min(1, y))));
  }

  #median(from: number): number {
    const five = this.#five;
    for (let i = 0; i < 5; i++) five[i] = this.#raw[from + i]!;
    five.sort();
    return five[2]!;
  }

  #learn(y: number): void {
    const m = this.#memory;
    m.baseCount += 1;
    const gain = 1 / Math.min(m.baseCount, 16);
    m.baseY += gain * (y - m.baseY);
    m.baseZ += gain * (this.#even(y) - m.baseZ);
  }

  get #sigma(): number {
    const m = this.#memory;
    return Math.max(this.#floor, m.noise);
  }

  /** An observation while nothing is under way. */
  #rest(centre: number): void {
    const m = this.#memory;
    const y = this.#smooth[centre]!;
    // A median of five scatters some 0.6 as much as its values.
    const standard = (this.#even(y) - m.baseZ) / (0.6 * this.#sigma);
    const clipped = Math.max(-SUM_CLIP, Math.min(SUM_CLIP, standard));
    if (m.up === 0) {
      m.upFrom = Math.max(0, centre - 1);
      m.upBase = m.baseY;
    }
    if (m.down === 0) {
      m.downFrom = Math.max(0, centre - 1);
      m.downBase = m.baseY;
    }
    m.up = Math.max(0, m.up + clipped - SUM_SLACK);
    m.down = Math.max(0, m.down - clipped - SUM_SLACK);
    if (m.up > SUM_LIMIT) this.#open(1, m.upFrom, m.upBase);
    else if (m.down > SUM_LIMIT) this.#open(-1, m.downFrom, m.downBase);
    else this.#learn(y);
  }

  #open(direction: number, onset: number, from: number): void {
    const m = this.#memory;
    m.moving = direction;
    m.onset = onset;
    m.onsetX = this.#xs[onset]!;
    m.from = from;
    this.#view.event = this.#described('open', 'none', 'Generalisation is changing');
  }

  /** An observation while a change is under way. */
  #move(centre: number): void {
    const m = this.#memory;
    const sigma = this.#sigma;
    const base = this.#even(m.from);
    const z = this.#even(this.#smooth[centre]!);
    if (
      (z - base) * m.moving < 1.2 * sigma &&
      (this.#even(this.#smooth[centre - 1]!) - base) * m.moving < 1.2 * sigma
    ) {
      this.#settle(TAKEN_BACK);
      return;
    }
    const window = Math.max(SETTLED, SETTLED_SHARE * (this.#xs[centre]! - m.onsetX));
    const since = this.#xs[centre]! - window;
    if (since < m.onsetX) return;
    // Means of the first and second half of the window must agree.
    let early = 0;
    let earlyCount = 0;
    let late = 0;
    let lateCount = 0;
    for (let i = centre; i > m.onset && this.#xs[i]! >= since; i--) {
      if (this.#xs[i]! >= since + window / 2) {
        late += this.#even(this.#raw[i]!);
        lateCount += 1;
      } else {
        early += this.#even(this.#raw[i]!);
        earlyCount += 1;
      }
    }
    if (earlyCount < 3 || lateCount < 3) return;
    early /= earlyCount;
    late /= lateCount;
    const rise = Math.abs(late - base);
    const doubt = sigma * Math.sqrt(1 / earlyCount + 1 / lateCount);
    // Both the slope and what noise hides of it must be small against the change: else a slow change would end half-way.
    if (Math.abs(late - early) > SLOPE * rise || doubt > DOUBT * rise) return;
    const spread = Math.max(0.15 * rise, 2 * sigma);
    for (let i = centre; i > m.onset && this.#xs[i]! >= since; i--) {
      if (Math.abs(this.#even(this.#smooth[i]!) - late) > spread) return;
    }
    this.#settle('The new level settled');
  }

  /** Ends a change, and starts from the level it has led to. */
  #settle(happened: string): void {
    const m = this.#memory;
    this.#view.event =
      happened === TAKEN_BACK ? this.#described('closed', 'none', happened) : this.#measured('closed', happened);
    const level = happened === TAKEN_BACK ? m.from : this.#levelNow();
    m.moving = 0;
    m.up = 0;
    m.down = 0;
    m.baseY = level;
    m.baseZ = this.#even(level);
    m.baseCount = 8;
    this.#drop(Math.max(0, m.kept - 16));
  }

  /** Mean of the observations since the level looks settled. */
  #levelNow(): number {
    const m = this.#memory;
    const end = m.kept;
    const newest = this.#xs[end - 1]!;
    const window = 0.5 * Math.max(SETTLED, SETTLED_SHARE * (newest - m.onsetX));
    let sum = 0;
    let count = 0;
    for (let i = end - 1; i >= 0 && (count < 3 || this.#xs[i]! >= newest - window); i--) {
      sum += this.#raw[i]!;
      count += 1;
    }
    return sum / count;
  }

  #measured(state: 'open' | 'closed', happened: string): TransitionEvent {
    const m = this.#memory;
    const to = this.#levelNow();
    const rise = to - m.from;
    if (rise * m.moving <= 0) return this.#described(state, 'none', happened);
    const end = Math.max(m.onset + 2, m.kept - 2);
    const first = Math.max(0, m.onset - 2);
    const shape = transitionShape(this.#xs, this.#smooth, this.#raw, first, end, m.from, to);
    const xMemorised = m.hasMemorised === 1 ? m.xMemorised : Number.NaN;
    const name = transitionClass(shape, xMemorised, rise, this.#least);
    const width = shape.x90 - shape.x10;
    const delay =
      m.hasMemorised === 1 ? `, ${Math.exp(shape.x10 - xMemorised).toPrecision(3)} times as late as memorisation` : '';
    return {
      ...this.#described(state, name, happened),
      t10: Math.exp(shape.x10),
      t50: Math.exp(shape.x50),
      t90: Math.exp(shape.x90),
      width,
      evidence: `${happened}: from ${this.#metric(m.from).toPrecision(3)} to ${this.#metric(to).toPrecision(3)}, a factor ${Math.exp(width).toPrecision(3)} of time wide${delay}.`,
    };
  }

  #described(state: 'open' | 'closed', name: TransitionClass, happened: string): TransitionEvent {
    const m = this.#memory;
    const to = m.kept > 0 ? this.#levelNow() : m.from;
    return {
      kind: 'transition',
      state,
      class: name,
      direction: m.moving > 0 ? 'up' : 'down',
      begin: this.#steps[m.onset]!,
      confirmedAt: m.step,
      memorised: m.hasMemorised === 1 ? Math.exp(m.xMemorised) : null,
      onset: Math.exp(m.onsetX),
      t10: null,
      t50: null,
      t90: null,
      width: null,
      before: this.#metric(m.from),
      after: this.#metric(to),
      evidence: `${happened}${m.hasMemorised === 1 ? '' : '; the training set is not memorised'}.`,
    };
  }

  #metric(y: number): number {
    return this.options.test === 'loss' ? Math.exp(-y) : y;
  }
}

function emptyMemory(): TransitionMemory {
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
