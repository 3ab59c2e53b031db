import type { Observable } from 'rxjs';
import { annotator } from '../../src/operators/annotator.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import type { Json } from '../../src/run.ts';
import type { TrainingStep } from '../../src/step.ts';
import { train } from '../../src/training/train.ts';
import { trainingOf } from '../measured/trainingOf.ts';
import type { PipelineContext, PreparedRun, Summary } from '../pipeline.ts';
import { imagesOf } from './rootFreeImages.ts';
import { rootFreeModel } from './rootFreeModel.ts';
import type { RootFreeChoice } from './rootFreeOptions.ts';
import { type Deviations, withTwins } from './rootFreeTwins.ts';

/** What is compared, in words, by the name of the twin. */
const twinMeanings = {
  timesTen: 'the loss times 10, with factor B / 10 and initial denominators and eps times 10',
  summed: 'the summed loss, with factor 1 and initial denominators and eps times B',
  factorAlone: 'the loss times 10, with factor B / 10 and nothing else changed',
  fromZero: 'the same loss, with initial denominators of 0 instead of 1',
} as const;

type TwinName = keyof typeof twinMeanings;

export interface InvarianceRow extends TrainingStep {
  readonly invariance: { readonly [twin in TwinName]: number };
}

/**
 * As in the runs whose denominators begin at 1 / B or 0. Without momentum: with .9 some runs are unstable at this rate, and
 * then rounding alone tears twins apart, by .003 after 100 updates. Without, a relu whose input is 0 within rounding still
 * does so on some seeds, by 1e-4 after 100: hence so few updates.
 */
const tuning = { learningRate: 1e-3, alpha: 0.95, weightDecay: 1e-3, momentum: 0, epsilon: 1e-8 };

/**
 * Root-free RMSProp on the CNN, and beside it on losses that differ by a factor c: with the factor of the squares divided
 * by c, and what their multiple B s begins from and eps multiplied by it, every step is the same. A last one begins from 0.
 */
export async function prepareInvariance(
  choice: RootFreeChoice,
  context: PipelineContext,
): Promise<PreparedRun<InvarianceRow>> {
  const { seed, batchSize, backend, steps = 25 } = choice;
  const name = `root-free-invariance-seed${seed}`;
  const { learningRate, epsilon, ...method } = tuning;
  /** B s is what divides: (B / c) s' = c B s holds when s' begins c^2 times as large. */
  const scaled = (lossScale: number) => ({
    lossScale,
    optimizer: rootFreeRmsprop({
      ...method,
      epsilon: lossScale * epsilon,
      batchSize: batchSize / lossScale,
      initial: lossScale ** 2 / batchSize,
    }),
  });
  const twins = {
    timesTen: scaled(10),
    summed: scaled(batchSize),
    factorAlone: {
      lossScale: 10,
      optimizer: rootFreeRmsprop({ ...method, epsilon, batchSize: batchSize / 10, initial: 1 / batchSize }),
    },
    fromZero: { lossScale: 1, optimizer: rootFreeRmsprop({ ...method, epsilon, initial: 0 }) },
  };
  const deviations: Deviations = {};
  const rows = train(
    {
      name,
      task: await imagesOf(choice),
      model: rootFreeModel('cnn', 'none'),
      optimizer: withTwins(rootFreeRmsprop({ ...method, epsilon }), twins, deviations),
      loss: 'crossEntropy',
      learningRate,
      batchSize,
      steps,
      seed,
      backend,
    },
    await trainingOf(name, context),
  ).pipe(
    annotator<TrainingStep, 'invariance', InvarianceRow['invariance']>({
      name: 'invariance',
      meaning: 'largest difference of a parameter from that of the same run on another multiple of the loss',
      columns: Object.entries(twinMeanings).map(([name, meaning]) => ({
        name,
        type: 'float64',
        unit: 'parameters',
        meaning,
        axis: 'log',
      })),
      // What the optimizer wrote down is part of its state.
      start: () => () => ({ ...deviations }) as InvarianceRow['invariance'],
    }),
  ) as Observable<InvarianceRow>;
  return { name, rows, summary: new InvarianceSummary() };
}

class InvarianceSummary implements Summary<InvarianceRow> {
  #row: InvarianceRow | undefined;

  push(row: InvarianceRow): void {
    this.#row = row;
  }

  result(): { readonly [key: string]: Json } {
    const row = this.#row;
    if (row === undefined) return { steps: 0 };
    const { run, step, seconds, loss, invariance } = row;
    return { run: run.name, steps: step, seconds, backend: run.metadata.backend ?? null, loss, ...invariance };
  }

  text(): string {
    const row = this.#row;
    if (row === undefined) return 'no step was made';
    return [
      `largest difference of any parameter after ${row.step} updates of root-free RMSProp (loss ${row.loss.toPrecision(4)})`,
      ...Object.entries(twinMeanings).map(
        ([name, meaning]) => `${row.invariance[name as TwinName].toExponential(1).padStart(9)}  ${meaning}`,
      ),
    ].join('\n');
  }
}
