import { z } from 'zod';
import { checked } from '../../validation.ts';
import type { Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  from: z.number().min(0),
  /** Updates made at `from`; the unit in which the rest is counted. As many as a {@link warmUp} around it takes. */
  hold: z.int().min(1).default(1),
});

export type InverseSquareRootOptions = z.input<typeof Options>;

/**
 * `from * sqrt(hold / max(hold, step + 1))`. Inside `warmUp(..., { steps: hold })` it is the schedule of the
 * transformer, whose peak is `from`.
 * Source: Vaswani et al. 2017 (arXiv 1706.03762), equation 3.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function inverseSquareRoot(options: InverseSquareRootOptions): Schedule {
  const { from, hold } = checked('inverseSquareRoot', Options, options);
  return ofStep(
    `inverseSquareRoot(from ${from}, hold ${hold})`,
    ({ step }) => from * Math.sqrt(hold / Math.max(hold, step + 1)),
  );
}
