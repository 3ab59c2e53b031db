import { z } from 'zod';
import { type Eventual, whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { RunningSchedule, Schedule, ScheduleStep } from '../schedule.ts';

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
    start: () => new RisingRate(catapults === 0 ? 0.5 : factor, catapults, rest),
  };
}

interface SavedRate {
  readonly rate: number;
  readonly lowest: number;
  readonly open: boolean;
  readonly over: number;
  readonly raiseAt: number | null;
}

class RisingRate implements RunningSchedule {
  readonly #factor: number;
  readonly #catapults: number;
  readonly #rest: number;
  #rate = 0;
  /** Smallest loss since the last raise. */
  #lowest = Number.POSITIVE_INFINITY;
  #open = false;
  #over = 0;
  /** Step of the next raise; the first is at step 0. */
  #raiseAt: number | undefined = 0;

  constructor(factor: number, catapults: number, rest: number) {
    this.#factor = factor;
    this.#catapults = catapults;
    this.#rest = rest;
  }

  get settled(): boolean {
    return this.#over >= this.#catapults;
  }

  next(step: ScheduleStep): Eventual<number> {
    if (step.step === this.#raiseAt) return this.#raise(step);
    if (!this.#open) {
      this.#open = step.loss > 1.5 * this.#lowest;
      this.#lowest = Math.min(this.#lowest, step.loss);
    } else if (step.loss <= this.#lowest) {
      this.#open = false;
      this.#lowest = step.loss;
      this.#over++;
      if (!this.settled) this.#raiseAt = step.step + this.#rest;
    }
    return this.#rate;
  }

  save() {
    return {
      rate: this.#rate,
      lowest: this.#lowest,
      open: this.#open,
      over: this.#over,
      raiseAt: this.#raiseAt ?? null,
    };
  }

  restore({ rate, lowest, open, over, raiseAt }: SavedRate): void {
    this.#rate = rate;
    this.#lowest = lowest;
    this.#open = open;
    this.#over = over;
    this.#raiseAt = raiseAt ?? undefined;
  }

  #raise(step: ScheduleStep): Eventual<number> {
    this.#raiseAt = undefined;
    this.#lowest = step.loss;
    return whenReady(step.probe.train.criticalLearningRate(), (critical) => {
      this.#rate = Math.max(this.#rate, this.#factor * critical);
      return this.#rate;
    });
  }
}
