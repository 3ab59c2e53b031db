import { catapultConfidence } from './catapultConfidence.ts';
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
  /** Losses of the last reading before the onset, whole (0 if there was none) and in the top eigenspace. */
  before: number;
  beforeTop: number | null;
  /** Highest loss read during the event; 0 before the first. */
  highest: number;
  /** Sum of the shares along the rise, each weighted by what it added to the log-loss, and of the weights. */
  shares: number;
  weights: number;
  /** The last loss that counts among them. */
  counted: number;
  /** Whether the shares are the caller's. */
  given: number;
  lambdaOnset: number | null;
  lambdaSincePeak: number | null;
  lambdaLast: number | null;
  rateHighest: number | null;
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
 * two steps, lambda did not move (to within the same 5 %) and `riseShare` does not say that the outputs moved in the top
 * eigenspace; otherwise it stays a *spike*. Level shifts, divergences and undecided events are passed on. What was not
 * measured does not count for a catapult: the verdict stays `spike`, and `evidence` says what could not be checked.
 *
 * The share is the mean along the rise, each new highest loss weighted by what it added to the log-loss, all against
 * the last reading before the onset. At the peak alone it would mislead: there the kernel of a violent catapult turns
 * within a step, and the eigenspace in which the loss has risen is no longer on top. Readings may be sparse.
 * lambda(return) is the last reading since the peak; that of the tangent kernel, also under cross-entropy, whose
 * curvature-weighted kernel flattens as the training set is fitted, catapult or not. Within an event the verdict
 * needs the return, so `confirmedAt` is that of the spike. State is bounded: the last 32 readings.
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
      before: 0,
      beforeTop: null,
      highest: 0,
      shares: 0,
      weights: 0,
      counted: 0,
      given: 0,
      lambdaOnset: null,
      lambdaSincePeak: null,
      lambdaLast: null,
      rateHighest: null,
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
      this.#gather(loss, top, share, lambda, rate);
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
    for (const [i, reading] of stored.memory.readings.entries()) {
      Object.assign(m.readings[i]!, reading);
      // An empty slot: JSON has no number for its step.
      if (reading.step === null) m.readings[i]!.step = Number.NEGATIVE_INFINITY;
    }
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
    m.before = 0;
    m.beforeTop = null;
    m.highest = 0;
    m.shares = 0;
    m.weights = 0;
    m.counted = 0;
    m.given = 0;
    m.lambdaOnset = null;
    m.lambdaSincePeak = null;
    m.rateHighest = null;
    // Oldest to newest, so that the last one before the onset wins.
    for (let i = 0; i < READINGS; i++) {
      const { step, loss, lossTop, lambdaMax } = m.readings[(m.next + i) % READINGS]!;
      if (step === Number.NEGATIVE_INFINITY) continue;
      if (step < begin) {
        m.before = loss;
        m.beforeTop = lossTop ?? m.beforeTop;
      }
      // Strictly before: a perturbation of the network moves lambda in the very step that lifts the loss.
      if (lambdaMax !== null && (step < begin || m.lambdaOnset === null)) m.lambdaOnset = lambdaMax;
      if (step >= begin) this.#gather(loss, lossTop, null, lambdaMax, null);
    }
  }

  /** One step of an open event. */
  #gather(loss: number, top: number | null, share: number | null, lambda: number | null, rate: number | null): void {
    const m = this.#memory;
    if (Number.isFinite(loss)) {
      if (share !== null) {
        if (m.given === 0) {
          // What the caller has measured counts alone.
          m.given = 1;
          m.shares = 0;
          m.weights = 0;
          m.counted = 0;
        }
        this.#count(loss, share);
      } else if (m.given === 0 && top !== null && m.beforeTop !== null && loss > m.before) {
        this.#count(loss, (top - m.beforeTop) / (loss - m.before));
      }
      if (loss > m.highest && (top !== null || share !== null)) {
        m.highest = loss;
        m.lambdaSincePeak = null;
      }
    }
    if (lambda !== null) m.lambdaSincePeak = lambda;
    if (rate !== null && (m.rateHighest === null || rate > m.rateHighest)) m.rateHighest = rate;
  }

  /** Counts the share of the rise up to a new highest loss. */
  #count(loss: number, share: number): void {
    const m = this.#memory;
    const from = Math.max(m.counted, m.before);
    if (!(loss > from)) return;
    const weight = from > 0 ? Math.log(loss / from) : 1;
    m.shares += weight * share;
    m.weights += weight;
    m.counted = loss;
  }

  #share(): number | null {
    const m = this.#memory;
    return m.weights > 0 ? m.shares / m.weights : null;
  }

  #refine(event: SpikeEvent): SpikeEvent {
    const m = this.#memory;
    const topShare = this.#share();
    const lambdaBefore = m.lambdaOnset;
    const lambdaAfter = m.lambdaSincePeak;
    let { verdict, confidence } = event;
    const fall = lambdaBefore === null || lambdaAfter === null ? null : lambdaAfter / lambdaBefore;
    if (event.state === 'closed' && verdict === 'spike') {
      const { flattening } = this.options;
      const sure = catapultConfidence(fall, topShare, flattening, this.options.topShare);
      const still = fall !== null && fall >= flattening && fall < 2 - flattening;
      const lasted = event.recoveredIn ?? Number.POSITIVE_INFINITY;
      // A share that the caller measured is of a movement of the outputs, on samples that stayed.
      const moved = this.#memory.given === 1 && topShare !== null && topShare > this.options.topShare;
      if (sure > 0.5) verdict = 'catapult';
      else if (still && lasted <= BAD_BATCH_STEPS && !moved) verdict = 'bad batch';
      confidence = verdict === 'catapult' ? sure : 1 - sure;
    }
    const evidence = this.#sentence(event, fall, topShare);
    return { ...event, verdict, confidence, topShare, lambdaBefore, lambdaAfter, evidence };
  }

  #sentence(event: SpikeEvent, fall: number | null, share: number | null): string {
    const seen = event.evidence.split('. ')[0]!;
    const kernel = fall === null ? 'lambda was not measured' : `lambda ${change(fall)}`;
    const space =
      share === null
        ? 'the top eigenspace share was not measured'
        : `${share > 0.995 ? 'all' : `${Math.round(100 * Math.max(0, share))} %`} of the rise was in the top eigenspace`;
    const highest = this.#memory.rateHighest;
    const rate = highest === null ? '' : `, the rate reached ${highest.toPrecision(3)} times the critical one`;
    return `${seen}; ${kernel}, ${space}${rate}.`;
  }
}

/** A factor on lambda, in words. */
function change(factor: number): string {
  const percent = Math.round(100 * Math.abs(factor - 1));
  if (percent === 0) return 'did not move';
  return `${factor < 1 ? 'fell' : 'grew'} by ${percent} %`;
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
