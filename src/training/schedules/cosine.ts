import { z } from 'zod';
import { checked } from '../../validation.ts';
import type { Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z
  .strictObject({
    from: z.number().min(0),
    to: z.number().min(0).default(0),
    /** The step from which on the rate is `to`. */
    steps: z.int().min(1),
    /** Steps at `from` before it falls: as many as a {@link warmUp} around it takes. */
    hold: z.int().min(0).default(0),
  })
  .refine(({ hold, steps }) => hold < steps, { path: ['hold'], error: 'expected less than steps' });

export type CosineOptions = z.input<typeof Options>;

/**
 * Half a cosine from `from` at step `hold` to `to` at step `steps`, constant before and after:
 * `to + (from - to) (1 + cos(pi (step - hold) / (steps - hold))) / 2`.
 * Source: Loshchilov and Hutter 2017 (arXiv 1608.03983), equation 5, without restarts.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function cosine(options: CosineOptions): Schedule {
  const { from, to, steps, hold } = checked('cosine', Options, options);
  return ofStep(`cosine(from ${from}, to ${to}, steps ${steps}, hold ${hold})`, ({ step }) => {
    const share = Math.min(1, Math.max(0, (step - hold) / (steps - hold)));
    const kept = (1 + Math.cos(Math.PI * share)) / 2;
    // A mixture, so that both ends are met exactly.
    return kept * from + (1 - kept) * to;
  });
}
