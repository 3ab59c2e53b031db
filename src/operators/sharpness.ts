import { z } from 'zod';
import type { Column } from '../columns.ts';
import { whenBoth } from '../eventual.ts';
import type { TrainingStep } from '../step.ts';
import { checked } from '../validation.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface SharpnessFields {
  /** Rise of the loss a step of length rho along its gradient. */
  readonly gradientRise: number;
  /** Largest rise within rho that projected gradient ascent found; null unless `ascentSteps` are given. */
  readonly worstRise: number | null;
}

const Options = z.strictObject({
  rho: z.number().positive().default(0.05),
  ascentSteps: z.int().min(1).optional(),
  as: z.string().optional(),
  on: z.enum(['batch', 'train']).default('train'),
  cadence: z.custom<Cadence>((value) => value === undefined || typeof value === 'function').optional(),
});

export interface SharpnessOptions<Name extends string> {
  /** Length of the perturbation, in units of the parameters. Default .05. */
  readonly rho?: number;
  /** Steps of projected gradient ascent for `worstRise`. Default: none is taken. */
  readonly ascentSteps?: number;
  /** Name of the group, where `sharpness` is taken. */
  readonly as?: Name;
  /** The samples: the whole training set (default) or this step's batch. */
  readonly on?: 'batch' | 'train';
}

function columnsOf(rho: number): readonly Column[] {
  return [
    {
      name: 'gradientRise',
      type: 'float64',
      unit: 'loss',
      meaning: `rise of the loss a step of length ${rho} along its gradient`,
    },
    {
      name: 'worstRise',
      type: 'float64',
      unit: 'loss',
      meaning: `largest rise of the loss within ${rho} that projected gradient ascent found: a lower bound of the true one`,
      nullable: true,
    },
  ];
}

/**
 * How much the loss rises near the parameters: L(w + rho g / |g|) - L(w), and the most that projected gradient ascent
 * finds in the ball of that radius.
 *
 * Cost: a forward pass beside the gradient, and a gradient for each step of the ascent.
 * Sources: Foret et al. 2021 (arXiv 2010.01412), equation 2; Li et al. 2024 (arXiv 2403.12350) for the ascent.
 * @throws {RangeError} at once, naming the option, its value and what was expected.
 */
export function sharpness<Name extends string = 'sharpness'>(
  options?: SharpnessOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, SharpnessFields>;
export function sharpness<Name extends string = 'sharpness'>(
  options: SharpnessOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<SharpnessFields>>;
export function sharpness(options: object = {}): Annotator<TrainingStep, string, Nullable<SharpnessFields>> {
  const { rho, ascentSteps, as = 'sharpness', on, cadence } = checked('sharpness', Options, options);
  return annotator<TrainingStep, string, SharpnessFields>({
    name: as,
    meaning: 'rise of the loss near the parameters',
    columns: columnsOf(rho),
    cadence,
    start: () => (row) => {
      const lens = row.probe[on];
      const worst = ascentSteps === undefined ? null : lens.worstRiseEstimate(rho, ascentSteps);
      return whenBoth(lens.sharpness(rho), worst, (gradientRise, worstRise) => ({ gradientRise, worstRise }));
    },
  });
}
