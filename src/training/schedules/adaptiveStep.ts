import { z } from 'zod';
import { whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  /** Largest rate, which it has once the loss or the parameters are small. */
  most: z.number().positive().default(10),
  /** c */
  factor: z.number().positive().default(1000),
});

export type AdaptiveStepOptions = z.input<typeof Options>;

/**
 * Adaptive steps for grokking: `min(most, c / (loss |theta|^2))` with the loss of the step's samples and the squared
 * norm of all parameters. With a large initialisation and a classification loss the curvature is at most of the
 * order of loss times |theta|^2, so that steps grow as the data are fitted: a thousand of them follow the gradient
 * flow where a fixed rate needs millions. Look at such a run against its continuous time (`row.time`), not its steps.
 * Source: the flow of Lyu et al. 2024 (arXiv 2311.18817), section 3; the defaults suit modular addition with
 * cross-entropy, momentum .9 and an initialisation ten times the usual.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function adaptiveStep(options: AdaptiveStepOptions = {}): Schedule {
  const { most, factor } = checked('adaptiveStep', Options, options);
  return ofStep(`adaptiveStep(most ${most}, factor ${factor})`, (step) =>
    whenReady(step.squaredNorm(), (norm) => Math.min(most, factor / (step.loss * norm))),
  );
}
