import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenReady } from '../eventual.ts';
import { type SymmetricMatrix, UndefinedProbeError } from '../probe.ts';
import { entryLikeness, relativeDistance } from '../probes/kernelComparison.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface KernelDriftFields {
  /** |K - K_0| / |K_0|, Frobenius: near 0 in the lazy regime. */
  readonly drift: number;
  /** <K, K_0> / (|K| |K_0|). */
  readonly alignment: number;
  /** Centred alignment of K with the targets' y y^T; null where all targets of each output are equal, and of a summed K. */
  readonly targetAlignment: number | null;
}

/** Largest order of a kernel that is kept: 100 MB. */
const largestKept = 5000;

const Options = z.strictObject({
  as: z.string().optional(),
  outputs: z.enum(['each', 'summed']).default('each'),
  on: z.enum(['train', 'test']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface KernelDriftOptions<Name extends string> {
  /** Name of the group, where `kernelDrift` is taken. */
  readonly as?: Name;
  /**
   * `each`: the whole kernel, of order n c. `summed`: over outputs, of order n, for many outputs, where the whole one would
   * be too large to keep. Default `each`.
   */
  readonly outputs?: 'each' | 'summed';
  /** The samples of the kernel. Default `train`. */
  readonly on?: 'train' | 'test';
}

function columnsOf(kernel: string): readonly Column[] {
  return [
    {
      name: 'drift',
      type: 'float64',
      unit: '1',
      meaning: `distance of the ${kernel} from the initial one, over the length of the initial one`,
    },
    { name: 'alignment', type: 'float64', unit: 'cosine', meaning: `cosine of the ${kernel} with the initial one` },
    {
      name: 'targetAlignment',
      type: 'float64',
      unit: 'cosine',
      meaning: `centred alignment of the ${kernel} with the outer product of the targets`,
      nullable: true,
    },
  ];
}

/**
 * How far the tangent kernel has moved since the first row that was measured, and how much it has turned towards the
 * targets: lazy training stays at (0, 1), rich training leaves.
 *
 * Cost: the kernel, shared with every operator that asks for it, and some (n c)^2 multiplications on the host, n^2 when it
 * is summed.
 * Sources: Chizat et al. 2019 (arXiv 1812.07956); Fort et al. 2020 (arXiv 2010.15110); Cortes et al. 2012 (JMLR 13) for
 * the centred alignment.
 * @throws {UndefinedProbeError} with the first row, when the kernel has more than 5000 rows.
 */
export function kernelDrift<Name extends string = 'kernelDrift'>(
  options?: KernelDriftOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, KernelDriftFields>;
export function kernelDrift<Name extends string = 'kernelDrift'>(
  options: KernelDriftOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<KernelDriftFields>>;
export function kernelDrift(options: object = {}): Annotator<TrainingStep, string, Nullable<KernelDriftFields>> {
  const { as = 'kernelDrift', outputs, on, cadence } = checked('kernelDrift', Options, options);
  const summed = outputs === 'summed';
  const set = on === 'train' ? 'training' : 'test';
  return annotator<TrainingStep, string, KernelDriftFields>({
    name: as,
    meaning: 'tangent kernel against the initial one and the targets',
    columns: columnsOf(`tangent kernel of the ${set} set${summed ? ', summed over outputs,' : ''}`),
    cadence,
    start({ probe }) {
      const lens = probe[on];
      const order = lens.size * (summed ? 1 : lens.outputs);
      if (order > largestKept) {
        const all = summed ? '' : ` x ${lens.outputs} outputs`;
        throw new UndefinedProbeError(
          'kernelDrift',
          `the kernel has ${lens.size} samples${all}: expected at most ${largestKept} rows to keep one`,
        );
      }
      let initial: SymmetricMatrix | undefined;
      return {
        measure: (row: TrainingStep) => {
          const now = row.probe[on];
          return whenReady(summed ? now.outputSummedTangentKernel() : now.tangentKernel(), (kernel) => {
            initial ??= kernel;
            const towards = summed ? Number.NaN : now.targetAlignment(kernel);
            return {
              drift: relativeDistance(kernel, initial),
              alignment: entryLikeness(kernel.values, initial.values).cosine,
              targetAlignment: Number.isNaN(towards) ? null : towards,
            };
          });
        },
        save: () => initial?.values ?? null,
        restore: (values: Float32Array | null) => {
          initial = values === null ? undefined : { order, values };
        },
      };
    },
  });
}
