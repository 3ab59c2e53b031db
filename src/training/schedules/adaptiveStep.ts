import { z } from 'zod';
import { type Eventual, whenBoth, whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { Schedule, ScheduleStep } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  /**
   * What the curvature is estimated from. `loss`: the loss times |theta|^2, for homogeneous networks under a
   * classification loss. `logistic`: 4 |theta|^2 mean(p (1 - p)) + decay with p = s(f), for a diagonal linear network of
   * depth 2 with inputs of size 1 and one output. `rows`: the largest row of the parameters, max_i sum_P |P_i|^2, for
   * factorised matrices.
   */
  curvature: z.enum(['loss', 'logistic', 'rows']).default('loss'),
  /** Largest rate, which it has once the loss or the parameters are small. */
  most: z.number().positive().default(10),
  /** c */
  factor: z.number().positive().default(1000),
  /** Weight decay, with `logistic`. */
  decay: z.number().min(0).default(0),
});

export type AdaptiveStepOptions = z.input<typeof Options>;

/**
 * Adaptive steps for grokking: `min(most, c / curvature)`, the curvature estimated at every step from what is at hand: by
 * default the loss of the step's samples times the squared norm of all parameters. With a large initialisation and a
 * classification loss the curvature falls as the data are fitted, so that steps grow: a thousand of them follow the
 * gradient flow where a fixed rate needs millions. Look at such a run against its continuous time (`row.time`), not its
 * steps.
 * Source: the flow of Lyu et al. 2024 (arXiv 2311.18817), section 3; the defaults suit modular addition with
 * cross-entropy, momentum .9 and an initialisation ten times the usual.
 * @throws {RangeError} naming the option, its value and what was expected; with the first step, when the model has
 * several outputs (`logistic`) or parameters with different numbers of rows (`rows`).
 */
export function adaptiveStep(options: AdaptiveStepOptions = {}): Schedule {
  const { curvature, most, factor, decay } = checked('adaptiveStep', Options, options);
  const estimate = { loss: lossCurvature, logistic: logisticCurvature(decay), rows: rowCurvature }[curvature];
  const form = curvature === 'loss' ? '' : `${curvature}, `;
  return ofStep(`adaptiveStep(${form}most ${most}, factor ${factor})`, (step) =>
    whenReady(estimate(step), (found) => Math.min(most, factor / found)),
  );
}

type Curvature = (step: ScheduleStep) => Eventual<number>;

const lossCurvature: Curvature = (step) => whenReady(step.squaredNorm(), (norm) => step.loss * norm);

const rowCurvature: Curvature = (step) => step.largestRowNorm();

function logisticCurvature(decay: number): Curvature {
  return (step) => {
    const { batch } = step.probe;
    if (batch.outputs !== 1) {
      throw new RangeError(`adaptiveStep: curvature = logistic: ${batch.outputs} outputs: expected one`);
    }
    return whenBoth(step.squaredNorm(), batch.predictions(), (norm, outputs) => {
      let sum = 0;
      // s(f) s(-f), which neither overflows nor rounds to 0 before it is.
      for (const output of outputs) sum += 1 / (2 + Math.exp(output) + Math.exp(-output));
      return (4 * norm * sum) / outputs.length + decay;
    });
  };
}
