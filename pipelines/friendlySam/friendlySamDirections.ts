import type { Column } from '../../src/columns.ts';
import { whenBoth, whenReady } from '../../src/eventual.ts';
import { type Annotator, annotator, type Nullable } from '../../src/operators/annotator.ts';
import type { Cadence } from '../../src/operators/cadence.ts';
import { cosine } from '../../src/probes/gradientDecomposition.ts';
import type { TrainingStep } from '../../src/step.ts';

export interface FriendlyDirectionsFields {
  /** Cosine of the batch's gradient g with the full gradient G; null where one of them is 0. */
  readonly batchCosine: number | null;
  /** 1 - cosine^2: how much of |g|^2 is the batch's own. */
  readonly noiseShare: number | null;
  /** Cosine with G of m, the moving average of the gradients of the batches before; null at the first row. */
  readonly averageCosine: number | null;
  /** Cosine with G of the friendly direction g - sigma m. */
  readonly friendlyCosine: number | null;
}

const columns: readonly Column[] = [
  ['batchCosine', 'cosine of the gradient of the batch with the full gradient', 'cosine'],
  ['noiseShare', 'share of the squared gradient of the batch that is orthogonal to the full gradient', '1'],
  ['averageCosine', 'cosine of the moving average of the gradients before with the full gradient', 'cosine'],
  ['friendlyCosine', 'cosine of what Friendly SAM perturbs along with the full gradient', 'cosine'],
].map(([name, meaning, unit]) => ({
  name: name!,
  type: 'float64' as const,
  unit: unit!,
  meaning: meaning!,
  nullable: true,
}));

const unmeasured: Nullable<FriendlyDirectionsFields> = Object.freeze({
  batchCosine: null,
  noiseShare: null,
  averageCosine: null,
  friendlyCosine: null,
});

/**
 * How the directions of Friendly SAM lie to the full gradient: that of the batch, the average that is to stand in for
 * the full gradient, and what is left of the batch without it; whatever method trains. The average takes in every batch,
 * as the optimizer's does; the full gradient is computed only where the cadence asks for it.
 *
 * Cost: reading the batch's gradient at every row; a forward and a backward pass over the training set by the cadence.
 * Source: Li et al. 2024 (arXiv 2403.12350).
 */
export function friendlySamDirections(options: {
  /** Coefficient of the moving average. */
  readonly lambda: number;
  /** How much of it is taken out. */
  readonly sigma: number;
  /** At which rows the full gradient is computed. */
  readonly cadence: Cadence;
}): Annotator<TrainingStep, 'friendlyDirections', Nullable<FriendlyDirectionsFields>> {
  const { lambda, sigma, cadence } = options;
  return annotator<TrainingStep, 'friendlyDirections', Nullable<FriendlyDirectionsFields>>({
    name: 'friendlyDirections',
    meaning: 'gradient of the batch, its moving average and their difference against the gradient of the training set',
    columns,
    start() {
      let average: Float32Array | null = null;
      return {
        measure: (row) =>
          whenReady(row.probe.batch.gradient(), (gradient) => {
            const before = average;
            const measured = cadence(row)
              ? whenBoth(gradient, row.probe.train.gradient(), (batch, full) => against(full, batch, before, sigma))
              : unmeasured;
            return whenReady(measured, (fields) => {
              average = advanced(before, gradient, lambda);
              return fields;
            });
          }),
        save: () => average?.slice() ?? null,
        restore: (saved: Float32Array | null) => {
          average = saved?.slice() ?? null;
        },
      };
    },
  });
}

/** The average with one more gradient in it, in place; the first gradient begins it. */
function advanced(average: Float32Array | null, gradient: Float32Array, lambda: number): Float32Array {
  if (average === null) return gradient.slice();
  for (let index = 0; index < average.length; index++)
    average[index] = lambda * average[index]! + (1 - lambda) * gradient[index]!;
  return average;
}

function against(
  full: Float32Array,
  batch: Float32Array,
  average: Float32Array | null,
  sigma: number,
): FriendlyDirectionsFields {
  const batchCosine = cosine(batch, full);
  // At the first row there is nothing to take out.
  const direction = average === null ? batch : batch.map((value, index) => value - sigma * average[index]!);
  return {
    batchCosine: defined(batchCosine),
    noiseShare: defined(1 - batchCosine ** 2),
    averageCosine: average === null ? null : defined(cosine(average, full)),
    friendlyCosine: defined(cosine(direction, full)),
  };
}

function defined(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
