import { z } from 'zod';
import { type Eventual, whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { Schedule, ScheduleStep } from '../schedule.ts';

const Options = z.strictObject({
  /** c: the learning rate in units of the critical rate at each raise. */
  factor: z.number().positive().default(1.15),
  /** J: catapults to provoke; 0 trains at half the critical rate and provokes none. */
  catapults: z.int().min(0).default(4),
  /** Updates between a recovery and the next raise. */
  rest: z.int().min(0).default(10),
});

/**
 * Several catapults by raising the rate. It begins at c times the critical rate of the initial kernel. A
 * catapult is open once the loss exceeds 1.5 times its minimum since the last raise, and over when it is
 * back at that minimum; `rest` steps later the rate is raised to c times the critical rate of the kernel
 * as it is then, never lowered. After J catapults the rate stays. With J = 0 it is half the critical rate.
 *
 * The kernel is asked for only at the start and at each raise.
 * Source: the setting of Zhu et al. 2024 (arXiv 2306.04815), section 4, "multiple catapults".
 */
export function raiseToCritical(options: z.input<typeof Options> = {}): Schedule {
  const { factor, catapults, rest } = checked('raiseToCritical', Options, options);
  return {
    name: `raiseToCritical(factor ${factor}, catapults ${catapults})`,
    start() {
      let rate: number | undefined;
      let lowest = Number.POSITIVE_INFINITY;
      let open = false;
      let done = 0;
      let raiseAt = -1;
      const raise = (step: ScheduleStep): Eventual<number> =>
        whenReady(step.probe.train.criticalLearningRate(), (critical) => {
          rate = Math.max(rate ?? 0, (catapults === 0 ? 0.5 : factor) * critical);
          return rate;
        });
      return (step) => {
        if (rate === undefined) {
          lowest = step.loss;
          return raise(step);
        }
        if (step.step === raiseAt) {
          lowest = step.loss;
          return raise(step);
        }
        if (!open) {
          open = step.loss > 1.5 * lowest;
          lowest = Math.min(lowest, step.loss);
        } else if (step.loss <= lowest) {
          open = false;
          lowest = step.loss;
          done++;
          if (done < catapults) raiseAt = step.step + rest;
        }
        return rate;
      };
    },
  };
}
