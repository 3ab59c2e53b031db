import type { Observable } from 'rxjs';
import type { Column } from '../../src/columns.ts';
import { whenReady } from '../../src/eventual.ts';
import { parameterDescriptions } from '../../src/models/model.ts';
import { type Annotator, annotator, type Nullable } from '../../src/operators/annotator.ts';
import type { Json } from '../../src/run.ts';
import type { TrainingStep } from '../../src/step.ts';
import { table } from '../../src/testing/table.ts';
import { train } from '../../src/training/train.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { PipelineContext, PreparedRun, Summary } from '../pipeline.ts';
import { type Breakdown, breakdownMethods, dampingName, dampings, precisionBreakdown } from './rootFreeBreakdown.ts';
import { imagesOf } from './rootFreeImages.ts';
import { methodOf } from './rootFreeMethods.ts';
import { rootFreeModel } from './rootFreeModel.ts';
import type { RootFreeChoice } from './rootFreeOptions.ts';
import { rateOf, tuningOf } from './rootFreeTraining.ts';

export interface PrecisionRow extends TrainingStep {
  /** Null but on the last row, where all gradients of the run are there. */
  readonly lowPrecision: Nullable<Breakdown>;
}

const gradientCount = 200;

/** Trains the CNN, keeps the gradients of its second convolution, and ends with what low precision makes of them. */
export async function preparePrecision(
  choice: RootFreeChoice,
  context: PipelineContext,
): Promise<PreparedRun<PrecisionRow>> {
  const { optimizer, seed, batchSize, backend, steps = gradientCount } = choice;
  const name = `root-free-low-precision-${optimizer}-seed${seed}`;
  const task = await imagesOf(choice);
  const model = rootFreeModel('cnn');
  const { train: images } = await task.data(seed);
  const kernel = secondConvolution(model.build(images.dimension, images.outputs, images.image));
  const tuning = tuningOf(choice, 'cnn');
  const rows = train(
    {
      name,
      task,
      model,
      optimizer: methodOf(optimizer, tuning, choice),
      loss: 'crossEntropy',
      learningRate: rateOf(tuning.learningRate, steps),
      batchSize,
      steps,
      seed,
      backend,
    },
    await trainingOf(name, context),
  ).pipe(lowPrecision(kernel, steps, batchSize)) as Observable<PrecisionRow>;
  return { name, rows, summary: new PrecisionSummary() };
}

interface Kernel {
  /** Where it begins in the list of all parameters. */
  readonly offset: number;
  /** As a matrix, [height * width * in, out]. */
  readonly shape: readonly [number, number];
}

function secondConvolution(network: Parameters<typeof parameterDescriptions>[0]): Kernel {
  let [offset, seen] = [0, 0];
  for (const { shape } of parameterDescriptions(network)) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (shape.length === 4 && ++seen === 2) return { offset, shape: [size / shape[3]!, shape[3]!] };
    offset += size;
  }
  throw new Error('root-free: the model has no second convolution');
}

function lowPrecision(
  { offset, shape }: Kernel,
  steps: number,
  batchSize: number,
): Annotator<TrainingStep, 'lowPrecision', Nullable<Breakdown>> {
  return annotator<TrainingStep, 'lowPrecision', Nullable<Breakdown>>({
    name: 'lowPrecision',
    meaning: 'errors of preconditioned gradients in low precision',
    columns,
    start() {
      let gradients: Float32Array[] = [];
      return {
        measure: ({ step, loss, probe }) => {
          if (step < steps && Number.isFinite(loss)) {
            return whenReady(probe.batch.gradient(), (gradient) => {
              gradients.push(gradient.slice(offset, offset + shape[0] * shape[1]));
              return nothing;
            });
          }
          return gradients.length === 0 ? nothing : precisionBreakdown(gradients, shape, batchSize);
        },
        save: () => [...gradients],
        restore: (saved: readonly Float32Array[]) => {
          gradients = [...saved];
        },
      };
    },
  });
}

const nothing: Nullable<Breakdown> = Object.freeze({
  gradients: null,
  order: null,
  lambdaMax: null,
  negativeEigenvalues: null,
  errors: null,
});

const counts: readonly Column[] = [
  {
    name: 'gradients',
    type: 'int32',
    unit: 'gradients',
    meaning: 'gradients that the factor was made of',
    nullable: true,
  },
  { name: 'order', type: 'int32', unit: 'rows', meaning: 'order of the factor', nullable: true },
  {
    name: 'lambdaMax',
    type: 'float64',
    unit: 'eigenvalue',
    meaning: 'largest eigenvalue of the factor in float64',
    nullable: true,
  },
  {
    name: 'negativeEigenvalues',
    type: 'int32',
    unit: 'eigenvalues',
    meaning: 'eigenvalues below 0 of the factor kept in bfloat16',
    nullable: true,
  },
];

const columns = [
  ...counts,
  {
    name: 'errors',
    meaning: 'relative error of the preconditioned gradient',
    nullable: true,
    columns: Object.entries(breakdownMethods).map(([method, meaning]) => ({
      name: method,
      meaning,
      columns: dampings.map(
        (damping): Column => ({
          name: dampingName(damping),
          type: 'float64',
          unit: '1',
          meaning: `${meaning}: relative error with a damping of ${dampingName(damping)}`,
          axis: 'log',
          nullable: true,
        }),
      ),
    })),
  },
];

class PrecisionSummary implements Summary<PrecisionRow> {
  #row: PrecisionRow | undefined;

  push(row: PrecisionRow): void {
    this.#row = row;
  }

  result(): { readonly [key: string]: Json } {
    const row = this.#row;
    if (row === undefined) return { steps: 0 };
    return {
      run: row.run.name,
      steps: row.step,
      seconds: row.seconds,
      backend: row.run.metadata.backend ?? null,
      loss: row.loss,
      ...(row.lowPrecision as { readonly [key: string]: Json }),
    };
  }

  text(): string {
    const { gradients, order, negativeEigenvalues, lambdaMax, errors } = this.#row?.lowPrecision ?? nothing;
    if (errors === null) return 'the run ended before there was a gradient to look at';
    const methods = Object.entries(breakdownMethods);
    return [
      `relative errors of a preconditioned gradient, from ${gradients} gradients of the second convolution`,
      table(
        ['damping', ...methods.map(([, meaning]) => meaning)],
        dampings.map((damping) => [
          dampingName(damping),
          ...methods.map(([method]) =>
            shown(errors[method as keyof typeof errors][dampingName(damping)] ?? Number.NaN),
          ),
        ]),
      ),
      'damping: eps / lambda_max for the inverse fourth roots, against float64; lambda for inverse-free Shampoo, against float32',
      `${negativeEigenvalues} of the ${order} eigenvalues of the factor kept in bfloat16 are negative (lambda_max ${shown(lambdaMax!)})`,
    ].join('\n');
  }
}

function shown(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(2))) : String(value);
}
