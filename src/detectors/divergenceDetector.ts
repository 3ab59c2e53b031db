import { checkStep, checkStored, numberOption } from './option.ts';

/** The loss has blown up; plain data with finite numbers only. */
export interface DivergenceEvent {
  readonly kind: 'divergence';
  /** `closed` once the loss is back within a factor 10 of its best level. */
  readonly state: 'open' | 'closed';
  readonly begin: number;
  readonly confirmedAt: number;
  readonly end: number | null;
  readonly reason: 'not finite' | 'over the cap' | 'keeps rising';
  /** Best level of the loss before (smoothed); 0 if there was none. */
  readonly before: number;
  readonly evidence: string;
}

/** Settings of a {@link DivergenceDetector}. */
export interface DivergenceDetectorOptions {
  /** Rise over the best level that counts at once, as a factor (default 1e6; catapults reach 100 and more). */
  readonly ratio?: number;
  /** Rise that counts if it has gone on for `patience` steps and still does (default 10). */
  readonly slowRatio?: number;
  /** Steps a slow rise must go on (default 200). Too small: a broad catapult is called a divergence. */
  readonly patience?: number;
}

/** What {@link DivergenceDetector.push} returns: one object, overwritten by the next push. */
export interface DivergenceState {
  readonly step: number;
  readonly diverged: boolean;
  readonly event: DivergenceEvent | null;
}

interface DivergenceMemory {
  step: number;
  started: number;
  known: number;
  level: number;
  best: number;
  bestStep: number;
  highest: number;
  open: number;
  begin: number;
}

/** State of a {@link DivergenceDetector} as plain JSON. */
export interface StoredDivergenceDetector {
  readonly detector: 'divergence';
  readonly version: 1;
  readonly options: Required<DivergenceDetectorOptions>;
  readonly memory: DivergenceMemory;
}

const REASONS = ['not finite', 'over the cap', 'keeps rising'] as const;
const BACK = Math.log(10);

/**
 * Says when a run is lost: the loss is not finite, over a cap, or has been rising for long and still is.
 *
 * Steps: as for the spike detector, a repeated step is ignored and one that goes back is a restart, which closes an
 * open event and forgets the best level. Losses <= 0 are passed over.
 */
export class DivergenceDetector {
  readonly options: Required<DivergenceDetectorOptions>;
  readonly #memory: DivergenceMemory = {
    step: -1,
    started: 0,
    known: 0,
    level: 0,
    best: 0,
    bestStep: 0,
    highest: 0,
    open: 0,
    begin: 0,
  };
  readonly #view: { step: number; diverged: boolean; event: DivergenceEvent | null } = {
    step: -1,
    diverged: false,
    event: null,
  };
  readonly #cap: number;
  readonly #slow: number;

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: DivergenceDetectorOptions = {}) {
    this.options = {
      ratio: numberOption('ratio', options.ratio, 1e6, 2, 1e300, 'rise, as a factor'),
      slowRatio: numberOption('slowRatio', options.slowRatio, 10, 1.1, 1e300, 'rise, as a factor'),
      patience: numberOption('patience', options.patience, 200, 1, Number.MAX_SAFE_INTEGER, 'steps'),
    };
    this.#cap = Math.log(this.options.ratio);
    this.#slow = Math.log(this.options.slowRatio);
  }

  get state(): DivergenceState {
    return this.#view;
  }

  /** @throws RangeError if `step` is not finite. */
  push(value: number, step: number = this.#memory.step + 1): DivergenceState {
    checkStep(step);
    const m = this.#memory;
    const view = this.#view;
    view.event = null;
    if (m.started === 1 && step === m.step) return view;
    if (m.started === 1 && step < m.step) {
      if (m.open > 0) view.event = this.#report('closed', step, m.step, 'the run was restarted');
      m.open = 0;
      m.known = 0;
    }
    m.started = 1;
    m.step = step;
    view.step = step;
    if (!Number.isFinite(value)) {
      // A restart with a non-finite loss has closed one event in this push; the next push opens the other.
      if (m.open === 0 && view.event === null) this.#open(1, step, step);
    } else if (value > 0) this.#take(Math.log(value), step);
    view.diverged = m.open > 0;
    return view;
  }

  /** Reports a divergence that is still open when the stream ends; null if none is. */
  finish(): DivergenceEvent | null {
    return this.#memory.open === 0 ? null : this.#report('open', this.#memory.step, null, 'the stream ended');
  }

  /** Plain JSON; {@link DivergenceDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredDivergenceDetector {
    return { detector: 'divergence', version: 1, options: { ...this.options }, memory: { ...this.#memory } };
  }

  /** @throws TypeError if `stored` is not what {@link DivergenceDetector.toJSON} wrote. */
  static fromJSON(stored: StoredDivergenceDetector): DivergenceDetector {
    checkStored(stored, 'divergence');
    const detector = new DivergenceDetector(stored.options);
    Object.assign(detector.#memory, stored.memory);
    detector.#view.step = stored.memory.step;
    detector.#view.diverged = stored.memory.open > 0;
    return detector;
  }

  #take(x: number, step: number): void {
    const m = this.#memory;
    if (m.known === 0) {
      m.known = 1;
      m.level = x;
      m.best = x;
      m.bestStep = step;
      m.highest = x;
    }
    if (m.open > 0) {
      if (x <= m.best + BACK) {
        this.#view.event = this.#report('closed', step, step, 'the loss is back');
        m.open = 0;
        m.level = x;
        m.highest = x;
        m.bestStep = step;
      }
      return;
    }
    m.level += 0.1 * (x - m.level);
    if (m.level <= m.best) {
      m.best = m.level;
      m.bestStep = step;
      m.highest = m.level;
    } else if (m.level > m.highest) m.highest = m.level;
    if (x > m.best + this.#cap) this.#open(2, step, step);
    else if (
      m.level > m.best + this.#slow &&
      step - m.bestStep >= this.options.patience &&
      m.level > m.highest - 0.01
    ) {
      this.#open(3, m.bestStep, step);
    }
  }

  #open(reason: number, begin: number, step: number): void {
    const m = this.#memory;
    m.open = reason;
    m.begin = begin;
    this.#view.event = this.#report('open', step, null, 'no return so far');
  }

  #report(state: 'open' | 'closed', confirmedAt: number, end: number | null, happened: string): DivergenceEvent {
    const m = this.#memory;
    const reason = REASONS[m.open - 1]!;
    const before = m.known === 1 ? Math.min(Math.exp(m.best), Number.MAX_VALUE) : 0;
    return {
      kind: 'divergence',
      state,
      begin: m.begin,
      confirmedAt,
      end,
      reason,
      before,
      evidence: `The loss is ${reason === 'keeps rising' ? 'rising steadily' : reason} (best level ${before.toPrecision(3)}); ${happened}.`,
    };
  }
}
