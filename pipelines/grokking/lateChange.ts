import { PhaseTransitionDetector } from '../../src/detectors/phaseTransitionDetector.ts';
import type { TransitionEvent } from '../../src/detectors/transitionEvent.ts';
import { type EvaluatedTraining, isFitted, testMetric } from './grokkingRows.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** Follows the evaluations of a run as `phaseTransitions` in its pipe does, to be asked at the end what has not settled. */
export class LateChange {
  readonly #setting: GrokkingSetting;
  readonly #detector: PhaseTransitionDetector;
  #fitted = false;

  constructor(setting: GrokkingSetting) {
    this.#setting = setting;
    this.#detector = new PhaseTransitionDetector({ ...setting.detection, test: setting.metric });
  }

  /** Takes in a row that was evaluated. @returns a change that it opened or closed */
  push({ step, time, evaluation }: EvaluatedTraining): TransitionEvent | null {
    this.#fitted ||= isFitted(this.#setting, evaluation);
    const { trainLoss, trainAccuracy } = evaluation;
    const trained = this.#setting.detection.train === 'loss' ? trainLoss : trainAccuracy;
    const tested = testMetric(this.#setting, evaluation);
    if (!this.#fitted || trained === null || tested === null) return null;
    return this.#detector.push(time, trained, tested, step).event;
  }

  /** A change that is still under way, named by what is known; null if there is none. */
  finish(): TransitionEvent | null {
    return this.#detector.finish();
  }
}
