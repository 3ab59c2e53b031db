import type { Observable } from 'rxjs';
import type { SpikeDetectorOptions } from '../../src/detectors/spikeDetector.ts';
import { whenReady } from '../../src/eventual.ts';
import { type AgopAlignmentFields, agopAlignment } from '../../src/operators/agopAlignment.ts';
import { annotator, type Nullable } from '../../src/operators/annotator.ts';
import type { Cadence } from '../../src/operators/cadence.ts';
import { type EvaluationFields, evaluate } from '../../src/operators/evaluate.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import { type TangentKernelFields, tangentKernel } from '../../src/operators/tangentKernel.ts';
import type { LossRow, TrainingStep } from '../../src/step.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';

/** A row with the loss of the whole training set, its spikes, and now and then what the network has learned. */
export interface MeasuredRow extends TrainingStep {
  readonly training: { readonly loss: number };
  readonly spikes: SpikeFields;
  readonly tangentKernel: Nullable<TangentKernelFields>;
  readonly evaluation: Nullable<EvaluationFields>;
  /** Absent where there is no true function. */
  readonly agopAlignment?: Nullable<AgopAlignmentFields>;
}

export interface MeasuredRun {
  readonly spec: Omit<TrainingSpec, 'until'>;
  /** Loss of the whole training set at which the run ends. */
  readonly stopAt: number;
  /** Updates between two looks at the test set and the AGOP; the last row has them in any case. */
  readonly every: number;
  /** Updates between two looks at the kernel. Default: as `every`. */
  readonly kernelEvery?: number;
  readonly detection?: SpikeDetectorOptions;
  readonly aligned?: boolean;
}

/**
 * Trains until the loss of the whole training set is low enough, with what the claims on catapults are judged by.
 * Whatever the batches, spikes are those of the whole training set.
 */
export function measuredRows(run: MeasuredRun, options: TrainingOptions = {}): Observable<MeasuredRow> {
  const { spec, stopAt, every, kernelEvery = every, detection = {}, aligned = true } = run;
  const at =
    (updates: number): Cadence =>
    (row) =>
      row.step % updates === 0 || row.step >= spec.steps || !((row as MeasuredRow).training.loss >= stopAt);
  const until = ({ probe }: TrainingStep) => whenReady(probe.train.loss(), (loss) => loss < stopAt);
  const measured = train({ ...spec, until }, options).pipe(
    trainingLoss(),
    spikes({ ...detection, of: (row: LossRow) => (row as MeasuredRow).training.loss }),
    tangentKernel({ on: 'train', cadence: at(kernelEvery) }),
    evaluate({ cadence: at(every) }),
  );
  return aligned ? measured.pipe(agopAlignment({ cadence: at(every) })) : measured;
}

/** The loss of the whole training set at every row, which a batch's own loss is not. */
function trainingLoss() {
  return annotator<TrainingStep, 'training', { readonly loss: number }>({
    name: 'training',
    meaning: 'the whole training set',
    columns: [{ name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss of the whole training set', axis: 'log' }],
    start:
      () =>
      ({ probe }) =>
        whenReady(probe.train.loss(), (loss) => ({ loss })),
  });
}
