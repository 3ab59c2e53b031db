import { checkStored, numberOption } from './option.ts';
import type { SpikeState } from './spikeDetector.ts';
import type { SpikeEvent } from './spikeEvent.ts';

/** What is known of the tangent kernel at a step; null where it was not measured. The caller may reuse the object. */
export interface KernelEvidence {
  /** Largest eigenvalue of the tangent kernel over n. */
  readonly lambdaMax: number | null;
  /** Loss in the top-5 eigenspace of the tangent kernel, in the units of the loss. */
  readonly lossTop: number | null;
  /**
   * Share of the rise since the onset that lies in the top eigenspace, where the caller has measured it at this step;
   * it then counts instead of what `lossTop` tells.
   */
  readonly riseShare?: number | null;
  /** Learning rate over the critical learning rate. */
  readonly rateToCritical: number | null;
}

/** Settings of a {@link CatapultDetector}: the papers' labels, in the units they are stated in. */
export interface CatapultDetectorOptions {
  /** The kernel has flattened if lambda(return) < this times lambda(onset) (default 0.95). */
  readonly flattening?: number;
  /** The rise is in the top eigenspace if at least this share of it is (default 0.5). */
  readonly topShare?: number;
}

/** What {@link CatapultDetector.push} returns: one object, overwritten by the next push. */
export interface CatapultState {
  /** The spike detector's report of this step with the kernel's evidence and the refined verdict; else null. */
  readonly event: SpikeEvent | null;
  /** Whether an event is open. */
  readonly open: boolean;
  /** Last lambda seen; null before the first. */
  readonly lambdaMax: number | null;
  /** Share of the rise so far that lies in the top eigenspace; null if no event is open or it was not measured. */
  readonly topShare: number | null;
}

/** State of a {@link CatapultDetector} as plain JSON. */
export interface StoredCatapultDetector {
  readonly detector: 'catapult';
  readonly version: 1;
  readonly options: Required<CatapultDetectorOptions>;
  readonly memory: CatapultMemory;
}

/** One reading of the kernel before or during an event. */
interface Reading {
  step: number;
  loss: number;
  lossTop: number | null;
  lambdaMax: number | null;
}

interface CatapultMemory {
  /** Ring of the last readings, so that the onset, which is known late, can be looked up. */
  readings: Reading[];
  next: number;
  open: number;
  highest: number;
  highestTop: number;
  hasHighest: number;
  before: number;
  beforeTop: number;
  hasBefore: number;
  lambdaOnset: number | null;
  lambdaPeakStep: number;
  lambdaSincePeak: number | null;
  lambdaLast: number | null;
  rateHighest: number | null;
  /** The share that the caller measured at the highest loss it measured one at. */
  measured: number | null;
  measuredLoss: number;
}

const READINGS = 32;
/** A spike this short, in steps, with an unmoved kernel is put down to the batch. */
const BAD_BATCH_STEPS = 2;

/**
 * Tells catapults from other spikes: give it the loss, the {@link SpikeState} of the same step, and what is known of
 * the kernel, and it passes the spike detector's reports on with a refined verdict.
 *
 * A spike that came back is a *catapult* if lambda fell below 0.95 of its value at the onset and more than half of the
 * rise was in the top-5 eigenspace (Zhu et al. 2024, arXiv 2306.04815, section 3); a *bad batch* if it lasted one or
 * two steps and lambda did not move (to within the same 5 %); otherwise it stays a *spike*. Level shifts, divergences
 * and undecided events are passed on. What was not measured does not count for a catapult: the verdict stays `spike`,
 * and `evidence` says what could not be checked.
 *
 * Readings may be sparse. The share is taken at the highest loss that has a reading, against the last reading
 * before the onset; lambda(return) is the last reading since the peak. Within an event the verdict needs the return,
 * so `confirmedAt` is that of the spike. State is bounded: the last 32 readings.
 */
export class CatapultDetector {
  readonly options: Required<CatapultDetectorOptions>;
  readonly #memory: CatapultMemory;
  readonly #view: { event: SpikeEvent | null; open: boolean; lambdaMax: number | null; topShare: number | null } = {
    event: null,
    open: false,
    lambdaMax: null,
    topShare: null,
  };

  /** @throws RangeError naming the option, its value and what was expected. */
  constructor(options: CatapultDetectorOptions = {}) {
    this.options = {
      flattening: numberOption('flattening', options.flattening, 0.95, 0, 1, 'factor on lambda'),
      topShare: numberOption('topShare', options.topShare, 0.5, 0, 1, 'share of the rise'),
    };
    const readings: Reading[] = [];
    for (let i = 0; i < READINGS; i++) {
      // Written as doubles so that the slots keep one shape for good.
      readings.push({ step: Number.NEGATIVE_INFINITY, loss: 0.5, lossTop: null, lambdaMax: null });
    }
    this.#memory = {
      readings,
      next: 0,
      open: 0,
      highest: 0,
      highestTop: 0,
      hasHighest: 0,
      before: 0,
      beforeTop: 0,
      hasBefore: 0,
      lambdaOnset: null,
      lambdaPeakStep: 0,
      lambdaSincePeak: null,
      lambdaLast: null,
      rateHighest: null,
      measured: null,
      measuredLoss: 0,
    };
  }

  /** The state after the last push; the same object every time. */
  get state(): CatapultState {
    return this.#view;
  }

  /**
   * Takes in one step: its loss, the spike detector's state after that loss, and the kernel's evidence if there is any.
   * Non-finite evidence counts as not measured.
   */
  push(
    loss: number,
    spike: Pick<SpikeState, 'step' | 'open' | 'begin' | 'event'>,
    evidence: KernelEvidence | null = null,
  ): CatapultState {
    const m = this.#memory;
    const view = this.#view;
    const lambda = finiteOrNull(evidence === null ? null : evidence.lambdaMax);
    const top = finiteOrNull(evidence === null ? null : evidence.lossTop);
    const rate = finiteOrNull(evidence === null ? null : evidence.rateToCritical);
    const share = finiteOrNull(evidence === null ? null : (evidence.riseShare ?? null));
    view.event = null;
    if (lambda !== null) m.lambdaLast = lambda;
    if (Number.isFinite(loss) && (lambda !== null || top !== null)) this.#remember(spike.step, loss, top, lambda);
    if (m.open === 1 || spike.open) {
      if (m.open === 0) this.#onset(spike.begin);
      if (share !== null) this.#measure(spike.step, loss, share);
      this.#gather(spike.step, loss, top, lambda, rate);
    }
    if (spike.event !== null) view.event = this.#refine(spike.event);
    if (!spike.open) m.open = 0;
    view.open = spike.open;
    view.lambdaMax = m.lambdaLast;
    view.topShare = m.open === 1 ? this.#share() : null;
    return view;
  }

  /** Refines the report of {@link SpikeDetector.finish}. */
  finish(event: SpikeEvent | null): SpikeEvent | null {
    return event === null ? null : this.#refine(event);
  }

  /** Plain JSON; {@link CatapultDetector.fromJSON} continues from it exactly. */
  toJSON(): StoredCatapultDetector {
    const readings = this.#memory.readings.map((reading) => ({ ...reading }));
    return { detector: 'catapult', version: 1, options: { ...this.options }, memory: { ...this.#memory, readings } };
  }

  /** @throws TypeError if `stored` is not what {@link CatapultDetector.toJSON} wrote. */
  static fromJSON(stored: StoredCatapultDetector): CatapultDetector {
    checkStored(stored, 'catapult');
    const detector = new CatapultDetector(stored.options);
    const m = detector.#memory;
    for (const [i, reading] of stored.memory.readings.entries()) Object.assign(m.readings[i]!, reading);
    const { readings: _, ...rest } = stored.memory;
    Object.assign(m, rest);
    detector.#view.open = m.open === 1;
    detector.#view.lambdaMax = m.lambdaLast;
    detector.#view.topShare = m.open === 1 ? detector.#share() : null;
    return detector;
  }

  #remember(step: number, loss: number, lossTop: number | null, lambdaMax: number | null): void {
    const m = this.#memory;
    const reading = m.readings[m.next]!;
    reading.step = step;
    reading.loss = loss;
    reading.lossTop = lossTop;
    reading.lambdaMax = lambdaMax;
    m.next = (m.next + 1) % READINGS;
  }

  /** An event has opened whose rise began at `begin`, some readings ago. */
  #onset(begin: number): void {
    const m = this.#memory;
    m.open = 1;
    m.hasHighest = 0;
    m.hasBefore = 0;
    m.lambdaOnset = null;
    m.lambdaPeakStep = Number.NEGATIVE_INFINITY;
    m.lambdaSincePeak = null;
    m.rateHighest = null;
    m.measured = null;
    // Oldest to newest, so that the last one at or before the onset wins.
    for (let i = 0; i < READINGS; i++) {
      const reading = m.readings[(m.next + i) % READINGS]!;
      if (reading.step === Number.NEGATIVE_INFINITY) continue;
      if (reading.step < begin && reading.lossTop !== null) {
        m.before = reading.loss;
        m.beforeTop = reading.lossTop;
        m.hasBefore = 1;
      }
      // Strictly before: a perturbation of the network moves lambda in the very step that lifts the loss.
      if (reading.lambdaMax !== null && (reading.step < begin || m.lambdaOnset === null)) {
        m.lambdaOnset = reading.lambdaMax;
      }
      if (reading.step >= begin) this.#gather(reading.step, reading.loss, reading.lossTop, reading.lambdaMax, null);
    }
  }

  /** The share of the rise at a step of an open event, from the caller: that at the highest loss counts. */
  #measure(step: number, loss: number, share: number): void {
    const m = this.#memory;
    if (!Number.isFinite(loss) || (m.measured !== null && loss <= m.measuredLoss)) return;
    m.measured = share;
    m.measuredLoss = loss;
    m.lambdaPeakStep = step;
    m.lambdaSincePeak = null;
  }

  /** One step of an open event. */
  #gather(step: number, loss: number, top: number | null, lambda: number | null, rate: number | null): void {
    const m = this.#memory;
    if (top !== null && Number.isFinite(loss) && (m.hasHighest === 0 || loss > m.highest)) {
      m.highest = loss;
      m.highestTop = top;
      m.hasHighest = 1;
      m.lambdaPeakStep = step;
      m.lambdaSincePeak = null;
    }
    if (lambda !== null) m.lambdaSincePeak = lambda;
    if (rate !== null && (m.rateHighest === null || rate > m.rateHighest)) m.rateHighest = rate;
  }

  #share(): number | null {
    const m = this.#memory;
    if (m.measured !== null) return m.measured;
    if (m.hasHighest === 0 || m.hasBefore === 0 || !(m.highest > m.before)) return null;
    return (m.highestTop - m.beforeTop) / (m.highest - m.before);
  }

  #refine(event: SpikeEvent): SpikeEvent {
    const m = this.#memory;
    const topShare = this.#share();
    const lambdaBefore = m.lambdaOnset;
    const lambdaAfter = m.lambdaSincePeak;
    let verdict = event.verdict;
    const fall = lambdaBefore === null || lambdaAfter === null ? null : lambdaAfter / lambdaBefore;
    if (event.state === 'closed' && verdict === 'spike') {
      const { flattening } = this.options;
      const flatter = fall !== null && fall < flattening;
      const still = fall !== null && !flatter && fall < 2 - flattening;
      const lasted = event.recoveredIn ?? Number.POSITIVE_INFINITY;
      if (flatter && topShare !== null && topShare > this.options.topShare) verdict = 'catapult';
      else if (still && lasted <= BAD_BATCH_STEPS) verdict = 'bad batch';
    }
    return { ...event, verdict, topShare, lambdaBefore, lambdaAfter, evidence: this.#sentence(event, fall, topShare) };
  }

  #sentence(event: SpikeEvent, fall: number | null, share: number | null): string {
    const seen = event.evidence.split('. ')[0]!;
    const kernel =
      fall === null ? 'lambda was not measured' : `lambda went to ${fall.toPrecision(3)} of its value at the onset`;
    const space =
      share === null
        ? 'the top eigenspace share was not measured'
        : `${share.toPrecision(3)} of the rise was in the top eigenspace`;
    const highest = this.#memory.rateHighest;
    const rate = highest === null ? '' : `, the rate reached ${highest.toPrecision(3)} of critical`;
    return `${seen}; ${kernel}, ${space}${rate}.`;
  }
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
