import { z } from 'zod';
import { checked } from '../../validation.ts';
import type { Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  /** Rate of the first steps. */
  from: z.number().min(0),
  /** Updates between two drops. */
  every: z.int().min(1),
  /** What a drop multiplies the rate by. */
  factor: z.number().positive().max(1).default(0.1),
});

export type StepDecayOptions = z.input<typeof Options>;

/**
 * A rate that drops in steps: `from * factor^floor(step / every)`.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function stepDecay(options: StepDecayOptions): Schedule {
  const { from, every, factor } = checked('stepDecay', Options, options);
  return ofStep(
    `stepDecay(from ${from}, factor ${factor}, every ${every})`,
    ({ step }) => from * factor ** Math.floor(step / every),
  );
}
