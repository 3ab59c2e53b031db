import { z } from 'zod';
import { whenReady } from '../eventual.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface ParameterNormsFields {
  /** Euclidean length of all parameters together. */
  readonly total: number;
  /** The same of each layer that has any, a weight and its bias together, by the name of its first parameter. */
  readonly layers: { readonly [layer: string]: number };
}

const Options = z.strictObject({
  as: z.string().optional(),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

/**
 * Lengths of the parameters: of all together, and by layer (`layers.W1`, `layers.W2`, ...).
 *
 * Cost: one pass over the parameters.
 */
export function parameterNorms<Name extends string = 'parameterNorms'>(options?: {
  readonly as?: Name;
  readonly cadence?: undefined;
}): Annotator<TrainingStep, Name, ParameterNormsFields>;
export function parameterNorms<Name extends string = 'parameterNorms'>(options: {
  readonly as?: Name;
  readonly cadence: Cadence;
}): Annotator<TrainingStep, Name, Nullable<ParameterNormsFields>>;
export function parameterNorms(options: object = {}): Annotator<TrainingStep, string, Nullable<ParameterNormsFields>> {
  const { as = 'parameterNorms', cadence } = checked('parameterNorms', Options, options);
  return annotator<TrainingStep, string, ParameterNormsFields>({
    name: as,
    meaning: 'lengths of the parameters',
    columns: ({ probe: { abilities } }) => [
      { name: 'total', type: 'float64', unit: 'parameters', meaning: 'length of all parameters together' },
      {
        name: 'layers',
        meaning: 'by layer',
        columns: abilities.layers.map((name) => ({
          name,
          type: 'float64',
          unit: 'parameters',
          meaning: `length of the parameters of the layer of ${name}`,
        })),
      },
    ],
    cadence,
    start:
      ({
        probe: {
          abilities: { layers },
        },
      }) =>
      (row) =>
        whenReady(row.probe.batch.parameterNorms(), (norms) => ({
          total: Math.hypot(...norms),
          layers: Object.fromEntries(layers.map((name, index) => [name, norms[index]!])),
        })),
  });
}
