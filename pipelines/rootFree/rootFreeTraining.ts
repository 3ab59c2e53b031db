import type { Observable } from 'rxjs';
import type { AdaptivityGaugeFields } from '../../src/operators/adaptivityGauge.ts';
import { adaptivityGauge } from '../../src/operators/adaptivityGauge.ts';
import type { Nullable } from '../../src/operators/annotator.ts';
import { type EvaluationFields, evaluate } from '../../src/operators/evaluate.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import type { TrainingStep } from '../../src/step.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { warmUp } from '../../src/training/schedules/warmUp.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { PipelineContext, PreparedRun } from '../pipeline.ts';
import { imagesOf } from './rootFreeImages.ts';
import { type MethodName, matrixMethods, methodOf, type Tuning, tunings } from './rootFreeMethods.ts';
import { rootFreeModel } from './rootFreeModel.ts';
import type { RootFreeChoice } from './rootFreeOptions.ts';
import { RootFreeSummary } from './rootFreeSummary.ts';

/** A step of the transformer or the CNN; without a gauge where the optimizer does not divide element by element. */
export interface RootFreeRow extends TrainingStep {
  readonly spikes: SpikeFields;
  readonly evaluation: Nullable<EvaluationFields>;
  readonly adaptivityGauge?: Nullable<AdaptivityGaugeFields>;
}

/** Looks at the test set in a run. */
const EVALUATIONS = 4;
/** Looks at the denominators in a run. */
const READINGS = 124;

/** The steps of the setting when nothing else is said: 12 passes. */
function stepsOf({ steps, samples, batchSize }: RootFreeChoice): number {
  return steps ?? 12 * Math.floor(samples / batchSize);
}

/** Trains with one method, 5 % warm-up, then a cosine to 0. */
export async function prepareTraining(
  choice: RootFreeChoice,
  context: PipelineContext,
): Promise<PreparedRun<RootFreeRow>> {
  const setting = choice.setting === 'transformer' ? 'transformer' : 'cnn';
  const { optimizer, norm, seed, batchSize, precision, damping } = choice;
  const steps = stepsOf(choice);
  const tuning = tuningOf(choice, setting);
  const name = [
    `root-free-${setting}-${optimizer}`,
    ...(norm === 'none' ? ['no-norm'] : []),
    ...(precision === 'bfloat16' ? [precision] : []),
    ...(choice.guard ? [] : ['no-guard']),
    ...(damping === undefined ? [] : [`${choice.relativeDamping ? 'relative-' : ''}damping${damping}`]),
    ...(choice.momentum === 0.9 ? [] : [`momentum${choice.momentum}`]),
    ...(choice.initial === undefined ? [] : [`initial${choice.initial}`]),
    `seed${seed}`,
  ].join('-');
  const spec: TrainingSpec = {
    name,
    task: await imagesOf(choice),
    model: rootFreeModel(setting, norm),
    optimizer: methodOf(optimizer, tuning, choice),
    loss: 'crossEntropy',
    learningRate: rateOf(tuning.learningRate, steps),
    batchSize,
    steps,
    seed,
    backend: choice.backend,
  };
  const each = (count: number) => Math.max(1, Math.ceil(steps / count));
  const at = (every: number) => (row: TrainingStep) =>
    (row.step > 0 && row.step % every === 0) || row.step >= steps || !Number.isFinite(row.loss);
  const measured = train(spec, await trainingOf(name, context)).pipe(
    spikes(),
    evaluate({ cadence: at(each(EVALUATIONS)) as never }),
  );
  const gauged = hasDenominators(optimizer)
    ? measured.pipe(adaptivityGauge({ cadence: at(each(READINGS)) as never }))
    : measured;
  return { name, rows: gauged as Observable<RootFreeRow>, summary: new RootFreeSummary(steps) };
}

/** Also what the low-precision run is trained with. */
export function rateOf(learningRate: number, steps: number): TrainingSpec['learningRate'] {
  const hold = Math.floor(0.05 * steps);
  const falling = cosine({ from: learningRate, steps, hold });
  return hold === 0 ? falling : warmUp(falling, { steps: hold });
}

export function tuningOf(choice: RootFreeChoice, setting: 'transformer' | 'cnn'): Tuning {
  const searched = tunings[setting][choice.optimizer]!;
  const { learningRate = searched.learningRate, weightDecay = searched.weightDecay } = choice;
  const beta2 = choice.beta2 ?? searched.beta2;
  return { learningRate, weightDecay, ...(beta2 === undefined ? {} : { beta2 }) };
}

function hasDenominators(method: MethodName): boolean {
  return method !== 'sgd' && !matrixMethods.includes(method);
}
