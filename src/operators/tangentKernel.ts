import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface TangentKernelFields {
  /** lambda_max(K) / n: the largest eigenvalue of the empirical tangent kernel over the samples. */
  readonly lambdaMax: number;
  /** Learning rate above which gradient descent is unstable to first order. */
  readonly criticalLearningRate: number;
  /** Learning rate of this step over the critical one. */
  readonly learningRateRatio: number;
}

export interface TangentKernelOptions<Name extends string> {
  /** Name of the group, where `tangentKernel` is taken. */
  readonly as?: Name;
  /** The samples of the kernel: this step's batch (default), which decides whether this very step is stable, or the whole training set. */
  readonly on?: 'batch' | 'train';
}

const columns: readonly Column[] = [
  {
    name: 'lambdaMax',
    type: 'float64',
    unit: 'eigenvalue',
    meaning: 'largest eigenvalue of the empirical tangent kernel over the number of samples',
  },
  {
    name: 'criticalLearningRate',
    type: 'float64',
    unit: 'learning rate',
    meaning: 'learning rate above which gradient descent is unstable to first order',
  },
  {
    name: 'learningRateRatio',
    type: 'float64',
    unit: 'learning rate / critical',
    meaning: 'learning rate over the critical learning rate',
  },
];

/**
 * The top of the empirical tangent kernel, and the learning rate against the critical one.
 *
 * ```
 * steps           --s0----------------s1--...
 * tangentKernel   { lambdaMax, criticalLearningRate, learningRateRatio }
 * ```
 *
 * Cost for dense layers: two symmetric products a layer, n^2 (in + out) flops in all, and a warm-started
 * eigensolve of some n^2 flops; shared with every operator that asks for the kernel of the same samples.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2: eta_crit = n / lambda_max(K) for the square loss.
 * @throws {UndefinedProbeError} with the first row, when the optimizer is preconditioned (Adam and its like).
 */
export function tangentKernel<Name extends string = 'tangentKernel'>(
  options?: TangentKernelOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, TangentKernelFields>;
export function tangentKernel<Name extends string = 'tangentKernel'>(
  options: TangentKernelOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<TangentKernelFields>>;
export function tangentKernel<Name extends string = 'tangentKernel'>(
  options: TangentKernelOptions<Name> & { readonly cadence?: Cadence | undefined } = {},
): Annotator<TrainingStep, Name, Nullable<TangentKernelFields>> {
  const { as = 'tangentKernel' as Name, on = 'batch', cadence } = options;
  return annotator<TrainingStep, Name, TangentKernelFields>({
    name: as,
    meaning: 'top of the empirical tangent kernel',
    columns,
    cadence,
    start(first) {
      if (first.probe.abilities.preconditioned) {
        throw new UndefinedProbeError(
          'tangentKernel',
          'the critical learning rate is not defined by the kernel alone for a preconditioned optimizer; ' +
            'row.probe.batch.tangentKernelEigenpairs(1) gives the eigenvalue',
        );
      }
      return (row) => {
        const lens = row.probe[on];
        return whenBoth(lens.tangentKernelEigenpairs(1), lens.criticalLearningRate(), ({ values }, critical) => ({
          lambdaMax: values[0]! / lens.size,
          criticalLearningRate: critical,
          learningRateRatio: row.learningRate / critical,
        }));
      };
    },
  });
}
