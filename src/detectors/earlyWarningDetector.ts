import { checkStep, checkStored, numberOption } from './option.ts';
import { SpikeDetector, type StoredSpikeDetector } from './spikeDetector.ts';

/** What became of a warning. */
export type WarningOutcome = 'rise' | 'withdrawn' | 'no rise';

/** The learning rate has crossed the critical one while the loss is calm; plain data with finite numbers only. */
export interface EarlyWarningEvent {
  readonly kind: 'earlyWarning';
  /** `closed` once the loss has risen, the rate is back below the critical one, or nothing came of it for long. */
  readonly state: 'open' | 'closed';
  /** Step at which the ratio was at the threshold first. */
  readonly begin: number;
  readonly confirmedAt: number;
  /** Step at which it closed; null while open. */
  readonly end: number | null;
  /** Null while open, and when the stream ended or the run was restarted before anything was known. */
  readonly outcome: WarningOutcome | null;
  /** Learning rate over the critical one at the step of this report. */
  readonly ratio: number;
  /** Steps from the warning to the first step of the rise, 0 or less if that had begun unseen; null without a rise. */
  readonly lead: number | null;
  /** Steps from the warning until the rise could be known from the loss alone; null without a rise. */
  readonly leadOverLoss: number | null;
  readonly evidence: string;
}

/** Settings of an {@link EarlyWarningDetector}. */
export interface EarlyWarningDetectorOptions {
  /** Ratio of the learning rate to the critical one that is warned of (default 1). */
  readonly threshold?: number;
  /** Share of the threshold below which the ratio must fall for a warning to be withdrawn, and for another (default .97). */
  readonly release?: number;
  /** Steps without a rise after which a warning is given up (default 200). */
  readonly patience?: number;
}

/** What {@link EarlyWarningDetector.push} returns: one object, overwritten by the next push. */
export interface EarlyWarningState {
  readonly step: number;
  /** Whether a warning is open. */
  readonly open: boolean;
  readonly event: EarlyWarningEvent | null;
}

/** 0: armed, 1: a warning is open, 2: disarmed until the ratio has been below the threshold. */
interface EarlyWarningMemory {
  step: number;
  started: number;
  phase: number;
  begin: number;
  ratio: number;
}

/** State of an {@link EarlyWarningDetector} as plain JSON. */
export interface StoredEarlyWarningDetector {
  readonly detector: 'earlyWarning';
  readonly version: 1;
  readonly options: Required<EarlyWarningDetectorOptions>;
  readonly memory: EarlyWarningMemory;
  readonly spikes: StoredSpikeDetector;
}

/**
 * Warns of a catapult, or of worse, before the loss shows it: the learning rate has crossed the critical one and the
 * loss is still calm. Follows each warning up and says how many steps ahead of the rise it was.
 *
 * Steps: as for the spike detector, a repeated step is ignored, and one that goes back is a restart, which closes an open
 * warning and arms the detector again.
 */
export class EarlyWarningDetector {
  readonly options: Required<EarlyWarningDetectorOptions>;
  readonly #memory: EarlyWarningMemory = { step: -1, started: 0, phase: 0, begin: 0, ratio: 0 };
  readonly #view: { step: number; open: boolean; event: EarlyWarningEvent | null } = {
    step: -1,
    open: false,
    event: null,
  };
  /** Says when the loss rises. */
  #spikes = new SpikeDetector();

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: EarlyWarningDetectorOptions = {}) {
    this.options = {
      threshold: numberOption('threshold', options.threshold, 1, 1e-6, 1e6, 'learning rate / critical'),
      release: numberOption('release', options.release, 0.97, 1e-6, 1, 'share of the threshold'),
      patience: numberOption('patience', options.patience, 200, 1, Number.MAX_SAFE_INTEGER, 'steps'),
    };
  }

  get state(): EarlyWarningState {
    return this.#view;
  }

  /**
   * @param ratio learning rate over the critical one; null or NaN where it is not known, which changes nothing
   * @throws RangeError if `step` is not finite.
   */
  push(ratio: number | null, loss: number, step: number = this.#memory.step + 1): EarlyWarningState {
    checkStep(step);
    const m = this.#memory;
    const view = this.#view;
    view.event = null;
    if (m.started === 1 && step === m.step) return view;
    if (m.started === 1 && step < m.step) {
      if (m.phase === 1) view.event = this.#report('closed', step, m.step, null, 'the run was restarted');
      m.phase = 0;
    }
    m.started = 1;
    m.step = step;
    view.step = step;
    const rise = this.#spikes.push(loss, step);
    if (ratio !== null && Number.isFinite(ratio)) m.ratio = ratio;
    const below = m.ratio < this.options.threshold * this.options.release;
    if (m.phase === 1) {
      if (rise.open) this.#close('rise', rise.begin - m.begin, 'the loss rises');
      else if (below) this.#close('withdrawn', null, 'the rate is below the critical one again');
      else if (step - m.begin >= this.options.patience) this.#close('no rise', null, 'the loss has not risen');
    } else if (m.phase === 2) {
      if (below && !rise.open) m.phase = 0;
    } else if (m.ratio >= this.options.threshold && view.event === null) {
      // Once the loss is on its way up there is nothing to warn of.
      m.phase = rise.open ? 2 : 1;
      m.begin = step;
      if (m.phase === 1) view.event = this.#report('open', step, null, null, 'the loss is calm');
    }
    view.open = m.phase === 1;
    return view;
  }

  /** Reports a warning that is still open when the stream ends; null if none is. */
  finish(): EarlyWarningEvent | null {
    return this.#memory.phase === 1 ? this.#report('open', this.#memory.step, null, null, 'the stream ended') : null;
  }

  /** Plain JSON; {@link EarlyWarningDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredEarlyWarningDetector {
    return {
      detector: 'earlyWarning',
      version: 1,
      options: { ...this.options },
      memory: { ...this.#memory },
      spikes: this.#spikes.toJSON(),
    };
  }

  /** @throws TypeError if `stored` is not what {@link EarlyWarningDetector.toJSON} wrote. */
  static fromJSON(stored: StoredEarlyWarningDetector): EarlyWarningDetector {
    checkStored(stored, 'earlyWarning');
    const detector = new EarlyWarningDetector(stored.options);
    Object.assign(detector.#memory, stored.memory);
    detector.#spikes = SpikeDetector.fromJSON(stored.spikes);
    detector.#view.step = stored.memory.step;
    detector.#view.open = stored.memory.phase === 1;
    return detector;
  }

  #close(outcome: WarningOutcome, lead: number | null, happened: string): void {
    const m = this.#memory;
    m.phase = outcome === 'withdrawn' ? 0 : 2;
    this.#view.event = this.#report('closed', m.step, m.step, outcome, happened, lead);
  }

  #report(
    state: 'open' | 'closed',
    confirmedAt: number,
    end: number | null,
    outcome: WarningOutcome | null,
    happened: string,
    lead: number | null = null,
  ): EarlyWarningEvent {
    const { begin, ratio } = this.#memory;
    const ahead = lead === null ? '' : `, ${lead} steps after the warning`;
    return {
      kind: 'earlyWarning',
      state,
      begin,
      confirmedAt,
      end,
      outcome,
      ratio,
      lead,
      leadOverLoss: lead === null ? null : confirmedAt - begin,
      evidence: `The learning rate is ${ratio.toPrecision(3)} of the critical one; ${happened}${ahead}.`,
    };
  }
}
