import { whenReady } from '../eventual.ts';
import type { SymmetricMatrix } from '../probe.ts';
import { entryLikeness, relativeDistance } from '../probes/kernelComparison.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface SummedKernelDriftFields {
  /** |K - K_0| / |K_0|, Frobenius, with K summed over outputs. */
  readonly drift: number;
  /** <K, K_0> / (|K| |K_0|). */
  readonly alignment: number;
}

export interface SummedKernelDriftOptions<Name extends string> {
  /** Name of the group, where `kernelDrift` is taken. */
  readonly as?: Name;
  /** The samples of the kernel. */
  readonly on: 'train' | 'test';
  readonly cadence: Cadence;
}

/**
 * How far the tangent kernel, summed over outputs, has moved since the first row that was measured: order n instead of
 * n c, for many outputs, where `kernelDrift()` would keep too large a kernel.
 *
 * Cost: the summed kernel, n^2 c (width) flops a layer, and n^2 multiplications on the host.
 * Source: Fort et al. 2020 (arXiv 2010.15110), section 3.
 */
export function summedKernelDrift<Name extends string = 'kernelDrift'>(
  options: SummedKernelDriftOptions<Name>,
): Annotator<TrainingStep, Name, Nullable<SummedKernelDriftFields>> {
  const { as = 'kernelDrift' as Name, on, cadence } = options;
  const where = `summed over outputs, on the ${on === 'train' ? 'training' : 'test'} set`;
  return annotator<TrainingStep, Name, SummedKernelDriftFields>({
    name: as,
    meaning: 'tangent kernel against the initial one',
    columns: [
      {
        name: 'drift',
        type: 'float64',
        unit: '1',
        meaning: `distance of the tangent kernel, ${where}, from the initial one, over the length of the initial one`,
      },
      {
        name: 'alignment',
        type: 'float64',
        unit: 'cosine',
        meaning: `cosine of the tangent kernel, ${where}, with the initial one`,
      },
    ],
    cadence,
    start() {
      let initial: SymmetricMatrix | undefined;
      return {
        measure: ({ probe }: TrainingStep) =>
          whenReady(probe[on].outputSummedTangentKernel(), (kernel) => {
            initial ??= kernel;
            return {
              drift: relativeDistance(kernel, initial),
              alignment: entryLikeness(kernel.values, initial.values).cosine,
            };
          }),
        save: () =>
          initial === undefined ? null : { order: initial.order, values: Float32Array.from(initial.values) },
        restore: (saved: { readonly order: number; readonly values: Float32Array } | null) => {
          initial = saved ?? undefined;
        },
      };
    },
  });
}
