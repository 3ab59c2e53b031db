import { identity, type Observable } from 'rxjs';
import { annotator, type Nullable } from '../../src/operators/annotator.ts';
import type { Cadence } from '../../src/operators/cadence.ts';
import { type EvaluationFields, evaluate } from '../../src/operators/evaluate.ts';
import { type KernelDriftFields, kernelDrift } from '../../src/operators/kernelDrift.ts';
import { type LinearMarginFields, linearMargins } from '../../src/operators/linearMargins.ts';
import { logSpacedTime } from '../../src/operators/logSpacedTime.ts';
import { type MarginsFields, margins } from '../../src/operators/margins.ts';
import { type ParameterNormsFields, parameterNorms } from '../../src/operators/parameterNorms.ts';
import {
  type EvaluatedRow,
  type PhaseTransitionFields,
  phaseTransitions,
  type TransitionSeries,
} from '../../src/operators/phaseTransitions.ts';
import { type PredictorCosineFields, predictorCosines } from '../../src/operators/predictorCosines.ts';
import type { PredictorPair } from '../../src/predictors/predictor.ts';
import type { TrainingStep } from '../../src/step.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';
import type { GrokkingSetting } from './settings/grokkingSetting.ts';

/** A row of the pipeline; the groups that not every setting has are absent from its runs. */
export interface GrokkingRow extends TrainingStep {
  readonly evaluation: Nullable<EvaluationFields>;
  readonly flow: { readonly scaledTime: number };
  readonly parameterNorms: Nullable<ParameterNormsFields>;
  readonly kernelDrift: Nullable<KernelDriftFields>;
  readonly predictors: Nullable<PredictorCosineFields>;
  readonly linear?: Nullable<LinearMarginFields>;
  readonly margins?: Nullable<MarginsFields>;
  readonly phaseTransitions: PhaseTransitionFields;
}

/** A training with everything that is to be known of its early and late solutions. */
export function grokkingRows(
  setting: GrokkingSetting,
  spec: TrainingSpec,
  predictors: PredictorPair,
  perDecade: number,
  options: TrainingOptions = {},
): Observable<GrokkingRow> {
  const cadence = evaluationTimes(setting, perDecade);
  const { linear, exactAccuracy, task } = setting;
  return train(spec, options).pipe(
    evaluate({ cadence }),
    scaledTime(setting),
    parameterNorms({ cadence }),
    linear ? linearMargins({ cadence, exactAccuracy }) : identity,
    !linear && task.classes !== null ? margins({ cadence }) : identity,
    // With many outputs the whole kernel is too large to keep, and the summed one costs more than all the training.
    task.classes === 'largest'
      ? kernelDrift({ outputs: 'summed', on: 'test', cadence: evaluationTimes(setting, Math.min(perDecade, 6)) })
      : kernelDrift({ cadence }),
    predictorCosines({ predictors, compared: setting.compared, solution: setting.solution, cadence }),
    phaseTransitions({ ...setting.detection, test: setting.metric, of: onceFitted(setting) }),
  ) as Observable<GrokkingRow>;
}

/** A row of a training that was evaluated, or may have been. */
export interface EvaluatedTraining extends TrainingStep {
  readonly evaluation: Nullable<EvaluationFields>;
}

/** Of a control: what is needed to say whether and when it generalised. */
export function controlRows(
  setting: GrokkingSetting,
  spec: TrainingSpec,
  perDecade: number,
): Observable<EvaluatedTraining> {
  return train(spec).pipe(evaluate({ cadence: evaluationTimes(setting, perDecade) }));
}

/** A logarithmic grid of continuous time, the last row before the new solution is read, and the last row. */
function evaluationTimes(setting: GrokkingSetting, perDecade: number): Cadence {
  const { optimizer, steps, endTime, readAt = Number.NaN } = setting;
  const { momentum } = optimizer;
  const grid = logSpacedTime({ perDecade, momentum });
  return (row) => {
    const { time, learningRate } = row as TrainingStep;
    const passesReading = time < readAt && readAt <= time + learningRate / (1 - momentum);
    return row.step === steps || time >= endTime || passesReading || grid(row);
  };
}

/**
 * Shows the detector the test metric only once the training set is fitted: what happens before is ordinary learning, and
 * a change that began with it would hide the late one.
 */
function onceFitted(setting: GrokkingSetting): TransitionSeries<EvaluatedRow> {
  let fitted = false;
  return {
    test: ({ step, evaluation }) => {
      if (step === 0) fitted = false;
      fitted ||= evaluation.trainLoss !== null && isFitted(setting, evaluation);
      return fitted ? testMetric(setting, evaluation) : null;
    },
  };
}

/** What generalisation is read off; null at rows that were not evaluated. */
export function testMetric({ metric }: GrokkingSetting, evaluation: Nullable<EvaluationFields>): number | null {
  return metric === 'loss' ? evaluation.testLoss : evaluation.testAccuracy;
}

/** Whether an evaluation shows the training set fitted. */
export function isFitted({ detection }: GrokkingSetting, evaluation: Nullable<EvaluationFields>): boolean {
  const { trainLoss, trainAccuracy } = evaluation;
  if (detection.train === 'loss') return trainLoss !== null && trainLoss <= detection.memorised;
  return trainAccuracy !== null && trainAccuracy >= detection.memorised;
}

function scaledTime({ weightDecay, learningRate }: GrokkingSetting) {
  const steps = typeof learningRate === 'number' ? 'at a fixed rate' : 'with adaptive steps';
  return annotator<TrainingStep, 'flow', { readonly scaledTime: number }>({
    name: 'flow',
    meaning: `gradient descent ${steps} as an approximation of gradient flow`,
    columns: [
      {
        name: 'scaledTime',
        type: 'float64',
        unit: '1',
        meaning: `weight decay times continuous time, the sum of the learning rates of gradient descent ${steps}; the transition comes at ln(alpha) and a constant`,
        axis: 'log',
      },
    ],
    start:
      () =>
      ({ time }) => ({ scaledTime: weightDecay * time }),
  });
}
