import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenReady } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import { quantiles } from '../statistics/quantiles.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

/** Tenth, middle and ninetieth percentile of what the elements of a gradient are divided by. */
export interface DenominatorSpread {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

export interface AdaptivityGaugeFields extends DenominatorSpread {
  /** p90 / p10: 1 where every element is divided by the same, as in gradient descent. */
  readonly spread: number;
  /** The same of each layer that has parameters, by the name of its first. */
  readonly layers: { readonly [layer: string]: DenominatorSpread };
}

const Options = z.strictObject({
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

const shares = [0.1, 0.5, 0.9] as const;
const nothing = Object.freeze({ p10: null, p50: null, p90: null, spread: null, layers: null });

/**
 * How adaptive an adaptive method is: the spread of the effective denominators, the diagonal of the preconditioner that
 * the latest update used, over all elements and by layer (`layers.W1.p10`, ...). Where p10 and p90 are alike the method
 * is gradient descent at the rate lr / p50; where they lie decades apart each element has a rate of its own. Null before
 * the first update of methods whose denominators begin with it.
 *
 * ```
 * rmsprop()          -  {p10 3e-4  p90 8e-3}  {p10 4e-4  p90 8e-3}  ...
 * rootFreeRmsprop()  {p10 1  p90 1}  {p10 .98  p90 .98}  ...  {p10 .0014  p90 .0017}
 * ```
 *
 * Cost: one pass over the parameters, and sorting them.
 * @throws {UndefinedProbeError} with the first row, when the run's optimizer does not divide element by element.
 */
export function adaptivityGauge<Name extends string = 'adaptivityGauge'>(options?: {
  readonly as?: Name;
  readonly cadence?: Cadence;
}): Annotator<TrainingStep, Name, Nullable<AdaptivityGaugeFields>>;
export function adaptivityGauge(
  options: object = {},
): Annotator<TrainingStep, string, Nullable<AdaptivityGaugeFields>> {
  const { as = 'adaptivityGauge', cadence } = checked('adaptivityGauge', Options, options);
  return annotator<TrainingStep, string, Nullable<AdaptivityGaugeFields>>({
    name: as,
    meaning: 'spread of what the elements of the gradient are divided by',
    columns: ({ probe: { abilities } }) => [
      ...percentileColumns('all elements'),
      {
        name: 'spread',
        type: 'float64',
        unit: '1',
        meaning: 'p90 / p10: 1 where the method is gradient descent',
        axis: 'log',
        nullable: true,
      },
      {
        name: 'layers',
        meaning: 'by layer',
        nullable: true,
        columns: abilities.layers.map((name) => ({
          name,
          meaning: `the layer of ${name}`,
          columns: percentileColumns(`the elements of the layer of ${name}`),
        })),
      },
    ],
    cadence,
    start({ probe: { abilities } }) {
      if (!abilities.denominators) {
        throw new UndefinedProbeError(
          as,
          `${abilities.optimizer} does not divide element by element: expected such a method, such as rmsprop() or adamW()`,
        );
      }
      return ({ probe: { batch } }) =>
        whenReady(batch.denominators(), (layers) => (layers === null ? nothing : fields(layers, abilities.layers)));
    },
  });
}

function fields(layers: readonly Float32Array[], names: readonly string[]): AdaptivityGaugeFields {
  const all = new Float32Array(layers.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const layer of layers) {
    all.set(layer, at);
    at += layer.length;
  }
  const whole = percentiles(all);
  return {
    ...whole,
    spread: whole.p90 / whole.p10,
    layers: Object.fromEntries(names.map((name, index) => [name, percentiles(layers[index]!)])),
  };
}

function percentiles(values: Float32Array): DenominatorSpread {
  const [p10, p50, p90] = quantiles(values, shares) as [number, number, number];
  return { p10, p50, p90 };
}

function percentileColumns(of: string): Column[] {
  return shares.map((share) => ({
    name: `p${100 * share}`,
    type: 'float64',
    unit: 'denominator',
    meaning: `${100 * share} % of ${of} are divided by less`,
    axis: 'log',
    nullable: true,
  }));
}
