import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import type { ProbeAbilities } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';
import { checkSeparateSamples } from './separateSamples.ts';

export interface TangentKernelFields {
  /** lambda_max(K) / n: the largest eigenvalue of the empirical tangent kernel over the samples. */
  readonly lambdaMax: number;
  /**
   * Learning rate above which the run's optimizer is unstable to first order; the description of the column names the
   * rule. Null before the first update of an optimizer that has no preconditioner by then.
   */
  readonly criticalLearningRate: number | null;
  /** Learning rate of this step over the critical one; null with it. */
  readonly learningRateRatio: number | null;
}

export interface TangentKernelOptions<Name extends string> {
  /** Name of the group, where `tangentKernel` is taken. */
  readonly as?: Name;
  /** The samples of the kernel: this step's batch (default), which decides whether this very step is stable, or the whole training set. */
  readonly on?: 'batch' | 'train';
}

function columnsOf({ criticalRateRule, preconditioned }: ProbeAbilities): readonly Column[] {
  // Before the first update there may be no preconditioner.
  const nullable = preconditioned ? { nullable: true } : {};
  return [
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
      meaning: `learning rate above which the optimizer is unstable to first order: ${criticalRateRule}`,
      ...nullable,
    },
    {
      name: 'learningRateRatio',
      type: 'float64',
      unit: 'learning rate / critical',
      meaning: `learning rate over the critical one, ${criticalRateRule}`,
      ...nullable,
    },
  ];
}

/**
 * The top of the empirical tangent kernel, and the learning rate against the critical one.
 *
 * ```
 * steps           --s0----------------s1--...
 * tangentKernel   { lambdaMax, criticalLearningRate, learningRateRatio }
 * ```
 *
 * Cost for dense layers: two symmetric products a layer, n^2 (in + out) flops in all, and a warm-started
 * eigensolve of some n^2 flops; shared with every operator that asks for the kernel of the same samples. With a
 * preconditioned optimizer (Adam and its like) the critical rate is that of P^{-1/2} H P^{-1/2}, P the preconditioner of
 * the latest update and H the Gauss-Newton matrix, without forming either: some four more products, each a backward
 * pass, P^{-1} and a forward pass.
 * Sources: Zhu et al. 2024 (arXiv 2306.04815), section 2: eta_crit = n / lambda_max(K) for the square loss; Cohen et al.
 * 2022 (arXiv 2207.14484), section 2, for preconditioned methods.
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
    columns: ({ probe }) => columnsOf(probe.abilities),
    cadence,
    start({ probe: { abilities } }) {
      checkSeparateSamples('tangentKernel', abilities, on);
      return (row) => {
        const lens = row.probe[on];
        return whenBoth(
          lens.tangentKernelEigenpairs(1),
          lens.preconditionedCriticalLearningRate(),
          ({ values }, critical) => ({
            lambdaMax: values[0]! / lens.size,
            criticalLearningRate: critical,
            learningRateRatio: critical === null ? null : row.learningRate / critical,
          }),
        );
      };
    },
  });
}
