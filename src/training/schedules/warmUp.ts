import { z } from 'zod';
import { whenReady } from '../../eventual.ts';
import type { Saved } from '../../memory.ts';
import { checked } from '../../validation.ts';
import type { LearningRateFunction, RunningSchedule, Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  /** Updates before the rate is the whole one; the first is made at 1 / steps of it. */
  steps: z.int().min(1),
});

export type WarmUpOptions = z.input<typeof Options>;

/**
 * Any rate, growing linearly from next to nothing at first: `rate * min(1, (step + 1) / steps)`. What it is
 * around (a number, a function, a schedule with memory) is asked at every step as if it were alone.
 *
 * @example
 * warmUp(cosine({ from: 0.1, steps: 744, hold: 37 }), { steps: 37 })
 *
 * @throws {RangeError | TypeError} naming the option, its value and what was expected.
 */
export function warmUp(around: number | LearningRateFunction | Schedule, options: WarmUpOptions): Schedule {
  const { steps } = checked('warmUp', Options, options);
  const schedule = scheduleOf(around);
  return {
    name: `warmUp(${schedule.name}, steps ${steps})`,
    start: () => new WarmedRate(schedule.start(), steps),
  };
}

function scheduleOf(around: number | LearningRateFunction | Schedule): Schedule {
  if (typeof around === 'number' && around >= 0 && Number.isFinite(around)) return ofStep(`${around}`, () => around);
  if (typeof around === 'function') return ofStep(around.name || 'a function of the step', around);
  if (typeof around === 'object' && typeof around?.start === 'function') return around;
  throw new TypeError(`warmUp: around = ${around}: expected a rate of at least 0, a function or a schedule`);
}

class WarmedRate implements RunningSchedule {
  readonly #around: RunningSchedule;
  readonly #steps: number;
  readonly save?: () => Saved;
  readonly restore?: (saved: never) => void;

  constructor(around: RunningSchedule, steps: number) {
    this.#around = around;
    this.#steps = steps;
    // The memory is that of what it is around; without one that can be saved, neither can this.
    if (around.save === undefined || around.restore === undefined) return;
    this.save = () => around.save!();
    this.restore = (saved) => around.restore!(saved);
  }

  get settled(): boolean {
    return this.#around.settled;
  }

  next(step: Parameters<LearningRateFunction>[0]) {
    const factor = Math.min(1, (step.step + 1) / this.#steps);
    return whenReady(this.#around.next(step), (rate) => rate * factor);
  }
}
