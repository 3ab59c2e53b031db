import { lastValueFrom, tap } from 'rxjs';
import type { TransitionClass } from '../../src/detectors/transitionEvent.ts';
import { controlRows, isFitted } from './grokkingRows.ts';
import { grokkingSpec, type SpecOptions } from './grokkingSpec.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** What became of a run that should not show the effect. */
export interface ControlResult {
  /** In a few words: `no weight decay`. */
  readonly name: string;
  readonly class: TransitionClass;
  readonly steps: number;
  /** Continuous time that it went on for. */
  readonly time: number;
  /** When the training set was fitted; null if it never was. */
  readonly fitted: number | null;
  /** The test metric when the training set was fitted, and at the end. */
  readonly metricWhenFitted: number | null;
  readonly metricAtEnd: number | null;
}

/** A control: a setting with one thing changed. */
export interface Control {
  readonly name: string;
  readonly setting: GrokkingSetting;
}

/** Trains a control and says what it came to. */
export async function controlResult(
  { name, setting }: Control,
  options: SpecOptions,
  perDecade: number,
): Promise<ControlResult> {
  let found: TransitionClass = 'none';
  let fitted: number | null = null;
  let metricWhenFitted: number | null = null;
  let metricAtEnd: number | null = null;
  const last = await lastValueFrom(
    controlRows(setting, grokkingSpec(setting, options), perDecade).pipe(
      tap(({ time, evaluation, phaseTransitions: { event } }) => {
        if (event?.state === 'closed' && event.class !== 'none') found = event.class;
        const metric = setting.metric === 'loss' ? evaluation.testLoss : evaluation.testAccuracy;
        if (metric === null) return;
        metricAtEnd = metric;
        if (fitted === null && isFitted(setting, evaluation)) {
          fitted = time;
          metricWhenFitted = metric;
        }
      }),
    ),
  );
  return { name, class: found, steps: last.step, time: last.time, fitted, metricWhenFitted, metricAtEnd };
}
