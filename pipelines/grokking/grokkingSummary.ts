import type { TransitionEvent } from '../../src/detectors/transitionEvent.ts';
import type { PredictorPair } from '../../src/predictors/predictor.ts';
import type { Json } from '../../src/run.ts';
import type { Summary } from '../pipeline.ts';
import type { Control, ControlEnding } from './grokkingControls.ts';
import { type GrokkingRow, testMetric } from './grokkingRows.ts';
import { grokkingText } from './grokkingText.ts';
import { LateChange } from './lateChange.ts';
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
  readonly moments: {
    readonly start: GrokkingMoment;
    readonly plateau: GrokkingMoment;
    /** Where the setting reads the new solution; null where it does not say, or the run did not get there. */
    readonly changed: GrokkingMoment | null;
    readonly end: GrokkingMoment;
  };
  /** All of them. */
  readonly course: readonly GrokkingMoment[];
}

/** What a run of the grokking pipeline found, with its controls beside it. */
export class GrokkingSummary implements Summary<GrokkingRow> {
  readonly #setting: GrokkingSetting;
  readonly #predictors: PredictorPair;
  /** By name; null until it has ended. */
  readonly #controls: Map<string, ControlEnding | null>;
  readonly #moments: GrokkingMoment[] = [];
  readonly #closed: TransitionEvent[] = [];
  readonly #change: LateChange;
  #kernel: { drift: number | null; alignment: number | null } = { drift: null, alignment: null };
  #last: GrokkingRow | undefined;

  /** @param controls those whose endings are to be told, in this order */
  constructor(setting: GrokkingSetting, predictors: PredictorPair, controls: readonly Control[] = []) {
    this.#setting = setting;
    this.#predictors = predictors;
    this.#change = new LateChange(setting);
    this.#controls = new Map(controls.map(({ name }) => [name, null]));
  }

  push(row: GrokkingRow): void {
    this.#last = row;
    const { event } = row.phaseTransitions;
    if (event?.state === 'closed') this.#closed.push(event);
    if (row.evaluation.trainLoss === null) return;
    this.#moments.push(this.#moment(row));
    this.#change.push(row);
  }

  /** Takes in how a control ended. */
  add({ name }: Control, ending: ControlEnding): void {
    this.#controls.set(name, ending);
  }

  #moment({ step, time, evaluation, parameterNorms, kernelDrift, predictors, linear, margins }: GrokkingRow) {
    // The kernel may be measured at fewer rows.
    if (kernelDrift.drift !== null) this.#kernel = { drift: kernelDrift.drift, alignment: kernelDrift.alignment };
    return {
      step,
      time,
      trainLoss: evaluation.trainLoss,
      testMetric: testMetric(this.#setting, evaluation),
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
    const unsettled = this.#change.finish();
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
      moments: {
        start,
        plateau: this.#plateau(memorised, event),
        changed: this.#changed(),
        end: this.#moments.at(-1)!,
      },
      course: this.#moments,
    };
  }

  #changed(): GrokkingMoment | null {
    const { readAt } = this.#setting;
    if (readAt === undefined || this.#moments.at(-1)!.time < readAt) return null;
    return this.#moments.findLast(({ time }) => time < readAt) ?? null;
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
    const { event, moments, course: _, ...others } = found;
    const { alpha, weightDecay } = this.#setting;
    // What came to nothing has no times.
    const change = event?.class === 'none' ? null : event;
    const t50 = change?.t50 ?? null;
    const scaledT50 = t50 === null ? null : weightDecay * t50;
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
      t10: change?.t10 ?? null,
      t50,
      t90: change?.t90 ?? null,
      confirmedAt: change?.confirmedAt ?? null,
      settled: event?.state === 'closed',
      scaledT50,
      // Of networks alpha is a factor, not the norm that the law is about.
      lawConstant: scaledT50 === null || this.#setting.degree !== undefined ? null : scaledT50 - Math.log(alpha),
      metric: this.#setting.metric,
      earlyPredictor: { name: early.name, testMetric: early.testMetric },
      latePredictor: late === null ? null : { name: late.name, testMetric: late.testMetric },
      ...moments,
      controls: Object.fromEntries(this.#controls),
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
