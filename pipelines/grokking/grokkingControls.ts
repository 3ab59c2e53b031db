import { filter, last, map, type Observable, tap } from 'rxjs';
import type { TransitionClass } from '../../src/detectors/transitionEvent.ts';
import type { Json } from '../../src/run.ts';
import type { Parameters } from '../../src/sweep/job.ts';
import { threadRun } from '../../src/sweep/threadRun.ts';
import { type GrokkingChoice, settingOf } from './grokkingOptions.ts';
import { controlRows, type EvaluatedTraining, isFitted, testMetric } from './grokkingRows.ts';
import { grokkingSpec } from './grokkingSpec.ts';
import { LateChange } from './lateChange.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** What became of a run that should not show the effect. */
export interface ControlResult {
  readonly class: TransitionClass;
  readonly steps: number;
  /** Continuous time that it went on for. */
  readonly time: number;
  /** When the training set was fitted; null if it never was. */
  readonly fitted: number | null;
  /** The test metric when the training set was fitted, and at the end. */
  readonly metricWhenFitted: number | null;
  readonly metricAtEnd: number | null;
  /** Once it is 0 to rounding nothing moves any more without weight decay, however long the run. */
  readonly trainLossAtEnd: number | null;
}

/** A control as plain data, which can go to another thread. */
export interface Control {
  /** In a few words: `no weight decay`. */
  readonly name: string;
  /** What is not as in the run itself. */
  readonly changed: 'weightDecay' | 'alpha';
  readonly chosen: GrokkingChoice;
}

/** How a control ended. */
export type ControlEnding = ControlResult | { readonly error: string };

/** The same run without weight decay, and with it from a small initialisation. */
export function controlsOf(chosen: GrokkingChoice): readonly Control[] {
  return [
    { name: 'no weight decay', changed: 'weightDecay', chosen },
    { name: `small initialisation (alpha ${settingOf(chosen).smallAlpha})`, changed: 'alpha', chosen },
  ];
}

/**
 * Runs a control and gives how it ended.
 * @param thread whether in a thread of its own, which unsubscribing ends
 */
export function controlEnding(control: Control, thread: boolean): Observable<ControlEnding> {
  if (!thread) {
    const { rows, summary } = controlRun(control);
    return rows.pipe(
      tap((row) => summary.push(row)),
      last(),
      map(() => summary.found),
    );
  }
  const parameters = { ...control } as unknown as Parameters;
  return threadRun(
    { name: control.name, module: import.meta.url, export: 'controlRun', parameters },
    { rows: false },
  ).pipe(
    filter((report) => report.kind === 'ending'),
    map(({ ending }) => (ending.state === 'finished' ? (ending.result as unknown as ControlResult) : ending)),
  );
}

/** A control ready to be run: its rows, and what gathers from them what it comes to. */
export function controlRun(control: Control) {
  const { name, changed, chosen } = control;
  const { seed, backend, perDecade } = chosen;
  const setting = controlSetting(changed, chosen);
  const rows = controlRows(setting, grokkingSpec(setting, { name, seed, backend }), perDecade);
  return { rows, summary: new ControlSummary(setting) };
}

function controlSetting(changed: Control['changed'], chosen: GrokkingChoice): GrokkingSetting {
  const setting = settingOf(chosen);
  if (changed === 'weightDecay') return { ...settingOf({ ...chosen, weightDecay: 0 }), ...setting.nullRun };
  const small = settingOf({ ...chosen, alpha: setting.smallAlpha });
  return { ...small, endTime: setting.endTime, steps: Math.min(small.steps, 2 * setting.expectedSteps) };
}

class ControlSummary {
  readonly #setting: GrokkingSetting;
  readonly #change: LateChange;
  #closed: TransitionClass = 'none';
  #steps = 0;
  #time = 0;
  #fitted: number | null = null;
  #metricWhenFitted: number | null = null;
  #metricAtEnd: number | null = null;
  #trainLossAtEnd: number | null = null;

  constructor(setting: GrokkingSetting) {
    this.#setting = setting;
    this.#change = new LateChange(setting);
  }

  push(row: EvaluatedTraining): void {
    this.#steps = row.step;
    this.#time = row.time;
    const metric = testMetric(this.#setting, row.evaluation);
    if (metric === null) return;
    const event = this.#change.push(row);
    if (event?.state === 'closed' && event.class !== 'none') this.#closed = event.class;
    this.#metricAtEnd = metric;
    this.#trainLossAtEnd = row.evaluation.trainLoss;
    if (this.#fitted !== null || !isFitted(this.#setting, row.evaluation)) return;
    this.#fitted = row.time;
    this.#metricWhenFitted = metric;
  }

  get found(): ControlResult {
    const unsettled = this.#change.finish()?.class ?? 'none';
    return {
      class: unsettled === 'none' ? this.#closed : unsettled,
      steps: this.#steps,
      time: this.#time,
      fitted: this.#fitted,
      metricWhenFitted: this.#metricWhenFitted,
      metricAtEnd: this.#metricAtEnd,
      trainLossAtEnd: this.#trainLossAtEnd,
    };
  }

  result(): { readonly [name: string]: Json } {
    return { ...this.found };
  }
}
