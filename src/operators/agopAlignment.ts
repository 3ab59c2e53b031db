import { whenReady } from '../eventual.ts';
import { UndefinedProbeError } from '../probe.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import type { Cadence } from './cadence.ts';

export interface AgopAlignmentFields {
  /** Cosine of the model's AGOP with the reference, <G, G*> / (|G| |G*|), from 0 to 1. */
  readonly alignment: number;
}

export interface AgopAlignmentOptions<Name extends string> {
  /** Name of the group, where `agopAlignment` is taken. */
  readonly as?: Name;
  /** The samples G is averaged over: the whole training set (default) or this step's batch. */
  readonly on?: 'batch' | 'train';
  /** One output, from 0, whose own G is compared. Default: the sum over outputs. */
  readonly output?: number;
}

/**
 * Alignment of the average gradient outer product with that of the true function (or of a reference
 * network): how far the network has found the directions that matter.
 *
 * ```
 * agopAlignment.alignment   .37  .37  .42  .52  .63  .76
 * ```
 *
 * Cost: one product of sensitivities with the first weights, n d m flops, and n d min(n, d) for the rest.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 4.
 * @throws {UndefinedProbeError} with the first row, when the run has no reference.
 */
export function agopAlignment<Name extends string = 'agopAlignment'>(
  options?: AgopAlignmentOptions<Name> & { readonly cadence?: undefined },
): Annotator<TrainingStep, Name, AgopAlignmentFields>;
export function agopAlignment<Name extends string = 'agopAlignment'>(
  options: AgopAlignmentOptions<Name> & { readonly cadence: Cadence },
): Annotator<TrainingStep, Name, Nullable<AgopAlignmentFields>>;
export function agopAlignment<Name extends string = 'agopAlignment'>(
  options: AgopAlignmentOptions<Name> & { readonly cadence?: Cadence | undefined } = {},
): Annotator<TrainingStep, Name, Nullable<AgopAlignmentFields>> {
  const { as = 'agopAlignment' as Name, on = 'train', output, cadence } = options;
  return annotator<TrainingStep, Name, AgopAlignmentFields>({
    name: as,
    meaning: 'alignment of the average gradient outer product',
    columns: [{ name: 'alignment', type: 'float64', unit: 'cosine', meaning: 'cosine of the AGOP with its reference' }],
    cadence,
    start(first) {
      const { agopReference, task } = first.probe.abilities;
      if (agopReference === null) {
        throw new UndefinedProbeError(
          'agopAlignment',
          `task '${task}' has no true function to align with: give train() an agopReference, or leave the operator out`,
        );
      }
      const { outputs } = first.probe.train;
      if (output !== undefined && !(Number.isInteger(output) && output >= 0 && output < outputs)) {
        throw new UndefinedProbeError('agopAlignment', `output = ${output}: the model has outputs 0 to ${outputs - 1}`);
      }
      return (row) => whenReady(row.probe[on].agopAlignment(output), (alignment) => ({ alignment }));
    },
  });
}
