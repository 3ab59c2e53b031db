import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenBoth, whenReady } from '../eventual.ts';
import { noiseTrace, squaredLength, twoBatchEstimate } from '../probes/gradientDecomposition.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface GradientNoiseFields {
  /** |G|^2 of the whole training set. */
  readonly squaredGradient: number;
  /** Trace of the covariance of single samples' gradients. */
  readonly noiseTrace: number;
  /** B_simple: their ratio, in samples. */
  readonly simpleScale: number;
  /** Unbiased estimate of |G|^2 from the batch and the training set, averaged; negative where noise outweighs it. Null in full-batch training. */
  readonly twoBatchSquaredGradient: number | null;
  /** Unbiased estimate of the trace from the same, averaged. Null in full-batch training. */
  readonly twoBatchNoiseTrace: number | null;
  /** The ratio of these two, in samples; null where the first is not positive, when there is no such scale. */
  readonly twoBatchScale: number | null;
}

const Options = z.strictObject({
  average: z.number().min(0).lt(1).default(0.9),
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface GradientNoiseOptions<Name extends string> {
  /** lambda of the averages of the two-batch estimates over the rows that are measured, bias-corrected. Default .9. */
  readonly average?: number;
  /** Name of the group, where `gradientNoise` is taken. */
  readonly as?: Name;
}

const columns: readonly Column[] = [
  {
    name: 'squaredGradient',
    type: 'float64',
    unit: 'squared gradient',
    meaning: 'squared length of the gradient of the whole training set',
    axis: 'log',
  },
  {
    name: 'noiseTrace',
    type: 'float64',
    unit: 'squared gradient',
    meaning: "trace of the sample covariance of the training samples' gradients",
    axis: 'log',
  },
  { name: 'simpleScale', type: 'float64', unit: 'samples', meaning: 'noiseTrace / squaredGradient', axis: 'log' },
  {
    name: 'twoBatchSquaredGradient',
    type: 'float64',
    unit: 'squared gradient',
    meaning:
      'unbiased estimate of the squared true gradient from batch and training set, averaged; negative where noise outweighs it, null in full-batch training',
    nullable: true,
  },
  {
    name: 'twoBatchNoiseTrace',
    type: 'float64',
    unit: 'squared gradient',
    meaning: 'unbiased estimate of the trace from the same, averaged; null in full-batch training',
    nullable: true,
  },
  {
    name: 'twoBatchScale',
    type: 'float64',
    unit: 'samples',
    meaning: 'twoBatchNoiseTrace / twoBatchSquaredGradient; null where the estimate of the gradient is not positive',
    nullable: true,
  },
];

interface Averages {
  readonly squaredGradient: number;
  readonly noiseTrace: number;
  /** What the weights so far add up to. */
  readonly weight: number;
}

/**
 * Gradient noise scale: the batch size at which noise and gradient are of one size. Once from the gradients of the
 * single samples of the training set, exactly, and once from the lengths of the batch's and the full gradient, without
 * bias and averaged over steps, as training at scale does it.
 *
 * Cost: a forward and a backward pass over the training set, and the layers' Gram matrices by chunks of 256 samples.
 * Source: McCandlish et al. 2018 (arXiv 1812.06162), equation 2.9 and appendix A.1.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function gradientNoise<Name extends string = 'gradientNoise'>(
  options?: GradientNoiseOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, GradientNoiseFields>;
export function gradientNoise<Name extends string = 'gradientNoise'>(
  options: GradientNoiseOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<GradientNoiseFields>>;
export function gradientNoise(options: object = {}): Annotator<TrainingStep, string, Nullable<GradientNoiseFields>> {
  const { average, as = 'gradientNoise', cadence } = checked('gradientNoise', Options, options);
  return annotator<TrainingStep, string, GradientNoiseFields>({
    name: as,
    meaning: 'gradient noise scale',
    columns,
    cadence,
    start({ probe }) {
      const fullBatch = probe.batch === probe.train;
      let averages: Averages = { squaredGradient: 0, noiseTrace: 0, weight: 0 };
      return {
        measure: ({ probe: { batch, train } }) =>
          whenBoth(train.gradient(), train.sampleGradientNorms(), (full, norms) => {
            const squaredGradient = squaredLength(full);
            const trace = noiseTrace(norms, squaredGradient);
            const simple = { squaredGradient, noiseTrace: trace, simpleScale: trace / squaredGradient };
            if (fullBatch) {
              return { ...simple, twoBatchSquaredGradient: null, twoBatchNoiseTrace: null, twoBatchScale: null };
            }
            return whenReady(batch.gradient(), (gradient) => {
              const estimate = twoBatchEstimate(
                { size: batch.size, squaredNorm: squaredLength(gradient) },
                { size: train.size, squaredNorm: squaredGradient },
              );
              averages = {
                squaredGradient: average * averages.squaredGradient + (1 - average) * estimate.squaredGradient,
                noiseTrace: average * averages.noiseTrace + (1 - average) * estimate.noiseTrace,
                weight: average * averages.weight + 1 - average,
              };
              const { weight } = averages;
              return {
                ...simple,
                twoBatchSquaredGradient: averages.squaredGradient / weight,
                twoBatchNoiseTrace: averages.noiseTrace / weight,
                twoBatchScale: averages.squaredGradient > 0 ? averages.noiseTrace / averages.squaredGradient : null,
              };
            });
          }),
        save: () => ({ ...averages }),
        restore: (saved: Averages) => {
          averages = saved;
        },
      };
    },
  });
}
