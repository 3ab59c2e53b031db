import { z } from 'zod';
import { type Eventual, whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { RunningSchedule, Schedule, ScheduleStep } from '../schedule.ts';

const Options = z.strictObject({
  /** k: bursts, one after the other from the first step on; 0 trains at `base` alone. */
  bursts: z.int().min(0).default(2),
  /** Rate of a burst, in units of the critical rate of the moment. */
  factor: z.number().positive().default(1.3),
  /** Rate before and after, in units of the critical rate of the first step; and while cooling, of the moment. */
  base: z.number().positive().default(0.5),
  /** A burst is over once lambda_max of the kernel is this part of what it was when the burst began, */
  shrink: z.number().positive().lt(1).default(0.5),
  /** or after so many updates, */
  longest: z.int().min(1).default(40),
  /** or once the loss has risen by this factor. */
  largestRise: z.number().gt(1).default(1e4),
});

export type CatapultBurstsOptions = z.input<typeof Options>;
type Chosen = z.output<typeof Options>;

/**
 * Catapults on demand, by feedback from the kernel. A burst follows the critical rate from above until the kernel's
 * largest eigenvalue has fallen far enough; then the rate follows it from below until the loss is back where the burst
 * began. After the last burst the rate is that of the start: in units of the smaller kernel a modest one.
 *
 * The kernel is asked for at every step until then.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function catapultBursts(options: CatapultBurstsOptions = {}): Schedule {
  const chosen = checked('catapultBursts', Options, options);
  return {
    name: `catapultBursts(bursts ${chosen.bursts}, factor ${chosen.factor})`,
    start: () => new Bursts(chosen),
  };
}

interface SavedBursts {
  readonly phase: 'start' | 'burst' | 'cooling' | 'base';
  readonly rate: number;
  readonly made: number;
  readonly startLoss: number;
  readonly startCritical: number;
  readonly updates: number;
}

class Bursts implements RunningSchedule {
  readonly #options: Chosen;
  #phase: SavedBursts['phase'] = 'start';
  /** The base rate. */
  #rate = 0;
  /** Bursts begun. */
  #made = 0;
  #startLoss = 0;
  #startCritical = 0;
  /** Of the burst under way. */
  #updates = 0;

  constructor(options: Chosen) {
    this.#options = options;
  }

  get settled(): boolean {
    return this.#phase === 'base';
  }

  next({ loss, probe }: ScheduleStep): Eventual<number> {
    if (this.#phase === 'base') return this.#rate;
    return whenReady(probe.train.criticalLearningRate(), (critical) => this.#follow(loss, critical));
  }

  #follow(loss: number, critical: number): number {
    const { bursts, factor, base, shrink, longest, largestRise } = this.#options;
    if (this.#phase === 'start') this.#rate = base * critical;
    const ready = this.#phase === 'start' || (this.#phase === 'cooling' && loss <= this.#startLoss);
    if (ready && this.#made === bursts) {
      this.#phase = 'base';
      return this.#rate;
    }
    if (ready) {
      this.#phase = 'burst';
      this.#made++;
      this.#updates = 0;
      this.#startLoss = loss;
      this.#startCritical = critical;
    }
    if (this.#phase === 'burst') {
      const shrunk = shrink * critical >= this.#startCritical;
      if (!shrunk && this.#updates < longest && loss <= largestRise * this.#startLoss) {
        this.#updates++;
        return factor * critical;
      }
      this.#phase = 'cooling';
    }
    return base * critical;
  }

  save(): SavedBursts & { readonly [key: string]: number | string } {
    return {
      phase: this.#phase,
      rate: this.#rate,
      made: this.#made,
      startLoss: this.#startLoss,
      startCritical: this.#startCritical,
      updates: this.#updates,
    };
  }

  restore({ phase, rate, made, startLoss, startCritical, updates }: SavedBursts): void {
    this.#phase = phase;
    this.#rate = rate;
    this.#made = made;
    this.#startLoss = startLoss;
    this.#startCritical = startCritical;
    this.#updates = updates;
  }
}
