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
  /** Centred alignment of K with the targets' y y^T; null where all targets of each output are equal. */
  readonly targetAlignment: number | null;
}

/** Largest order n c of a kernel that is kept: 100 MB. */
const largestKept = 5000;

const Options = z.strictObject({
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

const columns: readonly Column[] = [
  {
    name: 'drift',
    type: 'float64',
    unit: '1',
    meaning:
      'distance of the tangent kernel of the training set from the initial one, over the length of the initial one',
  },
  { name: 'alignment', type: 'float64', unit: 'cosine', meaning: 'cosine of the tangent kernel with the initial one' },
  {
    name: 'targetAlignment',
    type: 'float64',
    unit: 'cosine',
    meaning: 'centred alignment of the tangent kernel with the outer product of the targets',
    nullable: true,
  },
];

/**
 * How far the tangent kernel of the training set has moved since the first row that was measured, and how much it has
 * turned towards the targets: lazy training stays at (0, 1), rich training leaves.
 *
 * Cost: the kernel, shared with every operator that asks for it, and some (n c)^2 multiplications on the host.
 * Sources: Chizat et al. 2019 (arXiv 1812.07956); Fort et al. 2020 (arXiv 2010.15110); Cortes et al. 2012 (JMLR 13) for
 * the centred alignment.
 * @throws {UndefinedProbeError} with the first row, when the kernel has more than 5000 rows.
 */
export function kernelDrift<Name extends string = 'kernelDrift'>(options?: {
  readonly as?: Name;
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, KernelDriftFields>;
export function kernelDrift<Name extends string = 'kernelDrift'>(options: {
  readonly as?: Name;
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<KernelDriftFields>>;
export function kernelDrift(options: object = {}): Annotator<TrainingStep, string, Nullable<KernelDriftFields>> {
  const { as = 'kernelDrift', cadence } = checked('kernelDrift', Options, options);
  return annotator<TrainingStep, string, KernelDriftFields>({
    name: as,
    meaning: 'tangent kernel against the initial one and the targets',
    columns,
    cadence,
    start({ probe: { train } }) {
      const order = train.size * train.outputs;
      if (order > largestKept) {
        throw new UndefinedProbeError(
          'kernelDrift',
          `the kernel has ${train.size} samples x ${train.outputs} outputs: expected at most ${largestKept} rows to keep one`,
        );
      }
      let initial: SymmetricMatrix | undefined;
      return {
        measure: ({ probe }) =>
          whenReady(probe.train.tangentKernel(), (kernel) => {
            initial ??= kernel;
            const towards = probe.train.targetAlignment(kernel);
            return {
              drift: relativeDistance(kernel, initial),
              alignment: entryLikeness(kernel.values, initial.values).cosine,
              targetAlignment: Number.isNaN(towards) ? null : towards,
            };
          }),
        save: () => initial?.values ?? null,
        restore: (values: Float32Array | null) => {
          initial = values === null ? undefined : { order, values };
        },
      };
    },
  });
}
