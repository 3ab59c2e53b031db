import { PhaseTransitionDetector } from '../../src/detectors/phaseTransitionDetector.ts';
import type { TransitionEvent } from '../../src/detectors/transitionEvent.ts';
import type { PredictorPair } from '../../src/predictors/predictor.ts';
import type { Json } from '../../src/run.ts';
import type { Summary } from '../pipeline.ts';
import type { ControlResult } from './grokkingControls.ts';
import { type GrokkingRow, isFitted } from './grokkingRows.ts';
import { grokkingText } from './grokkingText.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** The numbers of one evaluated row. */
export interface GrokkingMoment {
  readonly step: number;
  readonly time: number;
  readonly trainLoss: number | null;
  readonly testMetric: number | null;
  /** Test accuracy over the population, where there is a formula. */
  readonly exactAccuracy: number | null;
  readonly parameterNorm: number | null;
  readonly early: number | null;
  readonly late: number | null;
  readonly l1Margin: number | null;
  readonly l2Margin: number | null;
  /** Smallest margin over the length of the parameters to the degree of the model. */
  readonly normalisedMargin: number | null;
  readonly kernelDrift: number | null;
  readonly kernelAlignment: number | null;
}

/** All that is told of a run. */
export interface GrokkingFindings {
  readonly run: string;
  readonly steps: number;
  readonly seconds: number;
  readonly backend: Json;
  readonly stepping: 'adaptive' | 'fixed';
  readonly memorised: number | null;
  /** The change that was found: sharp ones before others, later before earlier. */
  readonly event: TransitionEvent | null;
  readonly moments: { readonly start: GrokkingMoment; readonly plateau: GrokkingMoment; readonly end: GrokkingMoment };
}

/** What a run of the grokking pipeline found, with its controls beside it. */
export class GrokkingSummary implements Summary<GrokkingRow> {
  readonly #setting: GrokkingSetting;
  readonly #predictors: PredictorPair;
  readonly #controls: ControlResult[] = [];
  readonly #moments: GrokkingMoment[] = [];
  readonly #closed: TransitionEvent[] = [];
  /** Follows what the operator sees, to be asked at the end what it has not settled. */
  readonly #detector: PhaseTransitionDetector;
  #kernel: { drift: number | null; alignment: number | null } = { drift: null, alignment: null };
  #fitted = false;
  #last: GrokkingRow | undefined;

  constructor(setting: GrokkingSetting, predictors: PredictorPair) {
    this.#setting = setting;
    this.#predictors = predictors;
    this.#detector = new PhaseTransitionDetector({ ...setting.detection, test: setting.metric });
  }

  push(row: GrokkingRow): void {
    this.#last = row;
    const { event } = row.phaseTransitions;
    if (event?.state === 'closed') this.#closed.push(event);
    const { evaluation } = row;
    if (evaluation.trainLoss === null) return;
    const moment = this.#moment(row);
    this.#moments.push(moment);
    this.#fitted ||= isFitted(this.#setting, evaluation);
    const trained = this.#setting.detection.train === 'loss' ? evaluation.trainLoss : evaluation.trainAccuracy;
    if (this.#fitted && trained !== null && moment.testMetric !== null) {
      this.#detector.push(row.time, trained, moment.testMetric, row.step);
    }
  }

  /** Takes in what a control came to. */
  add(control: ControlResult): void {
    this.#controls.push(control);
  }

  #moment({ step, time, evaluation, parameterNorms, kernelDrift, predictors, linear, margins }: GrokkingRow) {
    // The kernel may be measured at fewer rows.
    if (kernelDrift.drift !== null) this.#kernel = { ...kernelDrift };
    return {
      step,
      time,
      trainLoss: evaluation.trainLoss,
      testMetric: this.#setting.metric === 'loss' ? evaluation.testLoss : evaluation.testAccuracy,
      exactAccuracy: linear?.exactAccuracy ?? null,
      parameterNorm: parameterNorms.total,
      early: predictors.early,
      late: predictors.late,
      l1Margin: linear?.l1Margin ?? null,
      l2Margin: linear?.l2Margin ?? null,
      normalisedMargin: this.#normalised(margins?.smallest ?? null, parameterNorms.total),
      kernelDrift: this.#kernel.drift,
      kernelAlignment: this.#kernel.alignment,
    };
  }

  /** The operator tells the degree from the first row, where a network with a zero last layer shows none. */
  #normalised(margin: number | null, norm: number | null): number | null {
    const { degree } = this.#setting;
    return degree === undefined || margin === null || norm === null ? null : margin / norm ** degree;
  }

  #findings(): GrokkingFindings | undefined {
    const last = this.#last;
    const [start] = this.#moments;
    if (last === undefined || start === undefined) return undefined;
    const unsettled = this.#detector.finish();
    const events = unsettled === null ? this.#closed : [...this.#closed, unsettled];
    const event = events.findLast((one) => one.class !== 'none') ?? events.at(-1) ?? null;
    const { memorised } = last.phaseTransitions;
    return {
      run: last.run.name,
      steps: last.step,
      seconds: last.seconds,
      backend: last.run.metadata.backend ?? null,
      stepping: typeof this.#setting.learningRate === 'number' ? 'fixed' : 'adaptive',
      memorised,
      event,
      moments: { start, plateau: this.#plateau(memorised, event), end: this.#moments.at(-1)! },
    };
  }

  /** Half-way, in the logarithm of time, between memorisation and the change; at memorisation where nothing changes. */
  #plateau(memorised: number | null, event: TransitionEvent | null): GrokkingMoment {
    const from = memorised ?? 0;
    const sharp = event !== null && event.class !== 'none' && event.t10 !== null;
    const time = sharp ? Math.sqrt(from * event.t10!) : from;
    return this.#moments.find((moment) => moment.time >= time) ?? this.#moments.at(-1)!;
  }

  result(): { readonly [key: string]: Json } {
    const found = this.#findings();
    if (found === undefined) return { steps: 0, events: [] };
    const { event, moments, ...others } = found;
    const { alpha, weightDecay } = this.#setting;
    const scaledT50 = event === null || event.t50 === null ? null : weightDecay * event.t50;
    const { early, late } = this.#predictors;
    return plain({
      ...others,
      setting: this.#setting.title,
      alpha,
      lnAlpha: Math.log(alpha),
      weightDecay,
      class: event?.class ?? 'none',
      // For tables of many runs.
      grokked: event?.class === 'grokking' ? 1 : 0,
      misgrokked: event?.class === 'misgrokking' ? 1 : 0,
      t10: event?.t10 ?? null,
      t50: event?.t50 ?? null,
      t90: event?.t90 ?? null,
      confirmedAt: event?.confirmedAt ?? null,
      settled: event?.state === 'closed',
      scaledT50,
      // Of networks alpha is a factor, not the norm that the law is about.
      lawConstant: scaledT50 === null || this.#setting.degree !== undefined ? null : scaledT50 - Math.log(alpha),
      metric: this.#setting.metric,
      earlyPredictor: { name: early.name, testMetric: early.testMetric },
      latePredictor: late === null ? null : { name: late.name, testMetric: late.testMetric },
      ...moments,
      controls: Object.fromEntries(this.#controls.map((control) => [control.name, { ...control }])),
      events: this.#closed.map((one) => ({ ...one })),
    });
  }

  text(): string {
    const found = this.#findings();
    if (found === undefined) return 'no step was made';
    return grokkingText(found, this.#setting, this.#predictors, this.#controls);
  }
}

/** Not-a-number and infinities as text: JSON has no number for them, and they are not to be lost. */
function plain(values: { readonly [key: string]: unknown }): { readonly [key: string]: Json } {
  return JSON.parse(
    JSON.stringify(values, (_, value) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
  );
}
