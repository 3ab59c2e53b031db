import { z } from 'zod';
import type { Column } from '../columns.ts';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { type Lens, type Probe, UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface KernelPredictorFields {
  /** Root mean square over the test samples of the model's outputs minus the kernel predictor's, over that of the latter. */
  readonly distance: number;
  /** Cosine of the two vectors of outputs. */
  readonly cosine: number;
}

const Options = z.strictObject({
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

const columns: readonly Column[] = [
  {
    name: 'distance',
    type: 'float64',
    unit: '1',
    meaning:
      'distance of the outputs on the test set from those of the predictor of the initial kernel, over their size',
  },
  {
    name: 'cosine',
    type: 'float64',
    unit: 'cosine',
    meaning: 'cosine of the outputs on the test set with those of the predictor of the initial kernel',
  },
];

/**
 * How far the model is, on the test set, from what its initial tangent kernel predicts: from the limit of lazy training,
 * the model linearised at the first row that was measured, once it has fitted the training set. Training in the kernel
 * regime goes to 0; a later transition leaves it again.
 *
 * Cost: at first a linear system with the kernel of the training set; then a forward pass over the test set.
 * Source: Lee et al. 2019 (arXiv 1902.06720), equation 10.
 * @throws {UndefinedProbeError} with the first row, when the loss is not the square loss or there is no test set; with
 * the first that is measured, when the linearised model cannot fit the training set to 1 %.
 */
export function kernelPredictor<Name extends string = 'kernelPredictor'>(options?: {
  readonly as?: Name;
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, KernelPredictorFields>;
export function kernelPredictor<Name extends string = 'kernelPredictor'>(options: {
  readonly as?: Name;
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<KernelPredictorFields>>;
export function kernelPredictor(
  options: object = {},
): Annotator<TrainingStep, string, Nullable<KernelPredictorFields>> {
  const { as = 'kernelPredictor', cadence } = checked('kernelPredictor', Options, options);
  return annotator<TrainingStep, string, KernelPredictorFields>({
    name: as,
    meaning: 'outputs on the test set against those of the predictor of the initial kernel',
    columns,
    cadence,
    start(first) {
      check(first.probe);
      let predicted: Float32Array | null = null;
      return {
        measure: ({ probe: { train, test } }) =>
          whenBoth(predicted ?? predictionsOf(test, train), test.predictions(), (limit, outputs) => {
            predicted = limit;
            return likeness(outputs, limit);
          }),
        save: () => predicted,
        restore: (saved: Float32Array | null) => {
          predicted = saved;
        },
      };
    },
  });
}

function check({ abilities: { loss, testSamples } }: Probe): void {
  if (loss !== 'square') {
    throw new UndefinedProbeError(
      'kernelPredictor',
      `the limit of the linearised model is that of the square loss, this run has ${loss}`,
    );
  }
  if (testSamples === 0) {
    throw new UndefinedProbeError('kernelPredictor', 'the task has no test samples to predict');
  }
}

function predictionsOf(test: Lens, train: Lens): Eventual<Float32Array> {
  return whenReady(test.kernelPredictor(train), ({ predictions, residual }) => {
    if (residual <= 0.01) return predictions;
    throw new UndefinedProbeError(
      'kernelPredictor',
      `the linearised model leaves ${(100 * residual).toPrecision(2)} % of the targets unfitted: expected at most 1 %`,
    );
  });
}

function likeness(outputs: Float32Array, limit: Float32Array): KernelPredictorFields {
  let difference = 0;
  let inner = 0;
  let ofOutputs = 0;
  let ofLimit = 0;
  for (let index = 0; index < limit.length; index++) {
    difference += (outputs[index]! - limit[index]!) ** 2;
    inner += outputs[index]! * limit[index]!;
    ofOutputs += outputs[index]! ** 2;
    ofLimit += limit[index]! ** 2;
  }
  return { distance: Math.sqrt(difference / ofLimit), cosine: inner / Math.sqrt(ofOutputs * ofLimit) };
}
