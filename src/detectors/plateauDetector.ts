import { checkStep, checkStored, numberOption } from './option.ts';

/** The loss has stopped falling; plain data with finite numbers only. */
export interface PlateauEvent {
  readonly kind: 'plateau';
  /** `closed` once the loss has left the plateau downwards, or the run was restarted. */
  readonly state: 'open' | 'closed';
  /** Step of the last improvement. */
  readonly begin: number;
  readonly confirmedAt: number;
  readonly end: number | null;
  /** Best level of the (smoothed) loss at the last improvement. */
  readonly level: number;
  readonly evidence: string;
}

/** Settings of a {@link PlateauDetector}. */
export interface PlateauDetectorOptions {
  /** Fall of the smoothed loss that counts as an improvement, as a factor (default 1.02). */
  readonly improvement?: number;
  /** Steps without one that make a plateau (default 200). */
  readonly patience?: number;
}

/** What {@link PlateauDetector.push} returns: one object, overwritten by the next push. */
export interface PlateauState {
  readonly step: number;
  readonly open: boolean;
  readonly event: PlateauEvent | null;
}

interface PlateauMemory {
  step: number;
  started: number;
  known: number;
  level: number;
  noise: number;
  best: number;
  bestStep: number;
  open: number;
}

/** State of a {@link PlateauDetector} as plain JSON. */
export interface StoredPlateauDetector {
  readonly detector: 'plateau';
  readonly version: 1;
  readonly options: Required<PlateauDetectorOptions>;
  readonly memory: PlateauMemory;
}

const GAIN = 0.05;

/**
 * Says when the loss has stopped falling, and when it falls again.
 *
 * Works on an exponential average of the log-loss over some 20 values. An improvement must exceed both the factor and
 * what noise does to such an average. A spike does not end a plateau, and does not count as one: only falls count.
 * Repeated steps are ignored; a step that goes back is a restart. Losses that are not positive and finite are passed over.
 */
export class PlateauDetector {
  readonly options: Required<PlateauDetectorOptions>;
  readonly #memory: PlateauMemory = {
    step: -1,
    started: 0,
    known: 0,
    level: 0,
    noise: 0,
    best: 0,
    bestStep: 0,
    open: 0,
  };
  readonly #view: { step: number; open: boolean; event: PlateauEvent | null } = { step: -1, open: false, event: null };
  readonly #least: number;

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: PlateauDetectorOptions = {}) {
    this.options = {
      improvement: numberOption('improvement', options.improvement, 1.02, 1.0001, 1e9, 'fall, as a factor'),
      patience: numberOption('patience', options.patience, 200, 1, Number.MAX_SAFE_INTEGER, 'steps'),
    };
    this.#least = Math.log(this.options.improvement);
  }

  get state(): PlateauState {
    return this.#view;
  }

  /** @throws RangeError if `step` is not finite. */
  push(value: number, step: number = this.#memory.step + 1): PlateauState {
    checkStep(step);
    const m = this.#memory;
    const view = this.#view;
    view.event = null;
    if (m.started === 1 && step === m.step) return view;
    if (m.started === 1 && step < m.step) {
      if (m.open === 1) view.event = this.#report('closed', step, m.step, 'the run was restarted');
      m.open = 0;
      m.known = 0;
    }
    m.started = 1;
    m.step = step;
    view.step = step;
    if (value > 0 && value < Number.POSITIVE_INFINITY) this.#take(Math.log(value), step);
    view.open = m.open === 1;
    return view;
  }

  /** Reports a plateau that is still open when the stream ends; null if none is. */
  finish(): PlateauEvent | null {
    return this.#memory.open === 0 ? null : this.#report('open', this.#memory.step, null, 'the stream ended');
  }

  /** Plain JSON; {@link PlateauDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredPlateauDetector {
    return { detector: 'plateau', version: 1, options: { ...this.options }, memory: { ...this.#memory } };
  }

  /** @throws TypeError if `stored` is not what {@link PlateauDetector.toJSON} wrote. */
  static fromJSON(stored: StoredPlateauDetector): PlateauDetector {
    checkStored(stored, 'plateau');
    const detector = new PlateauDetector(stored.options);
    Object.assign(detector.#memory, stored.memory);
    detector.#view.step = stored.memory.step;
    detector.#view.open = stored.memory.open === 1;
    return detector;
  }

  #take(x: number, step: number): void {
    const m = this.#memory;
    if (m.known === 0) {
      m.known = 1;
      m.level = x;
      m.best = x;
      m.bestStep = step;
      m.noise = 0;
      return;
    }
    const d = x - m.level;
    m.noise += GAIN * (Math.min(Math.abs(d), 3 * m.noise + 0.1) - m.noise);
    // A spike must not lift the average for long: its fall would look like an improvement, but `best` stays.
    m.level += GAIN * Math.min(d, 2 * m.noise + 0.05);
    // An average over a gain g scatters sqrt(g / (2 - g)) as much as its values; 3 times that, and 1.25 for |d|.
    const doubt = 3 * 1.25 * m.noise * Math.sqrt(GAIN / (2 - GAIN));
    const limit = m.open === 1 ? Math.max(this.#least, doubt) : this.#least;
    if (m.level < m.best - limit) {
      if (m.open === 1) {
        this.#view.event = this.#report('closed', step, step, 'the loss is falling again');
        m.open = 0;
      }
      m.best = m.level;
      m.bestStep = step;
    } else if (m.open === 0 && step - m.bestStep >= this.options.patience) {
      m.open = 1;
      this.#view.event = this.#report('open', step, null, 'no end so far');
    }
  }

  #report(state: 'open' | 'closed', confirmedAt: number, end: number | null, happened: string): PlateauEvent {
    const m = this.#memory;
    const level = Math.min(Math.exp(m.best), Number.MAX_VALUE);
    return {
      kind: 'plateau',
      state,
      begin: m.bestStep,
      confirmedAt,
      end,
      level,
      evidence: `No fall by a factor ${this.options.improvement} below ${level.toPrecision(3)} since step ${m.bestStep}; ${happened}.`,
    };
  }
}
