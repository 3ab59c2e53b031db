import { z } from 'zod';
import { type Eventual, whenReady } from '../../eventual.ts';
import { checked } from '../../validation.ts';
import type { RunningSchedule, Schedule, ScheduleStep } from '../schedule.ts';

const Options = z.strictObject({ factor: z.number().min(0) });

/**
 * `factor` times the critical rate of the whole training set at the first step, and constant from there on: the unit in
 * which the rates of networks of different widths and initialisations can be compared.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2.
 * @throws {RangeError} naming the option, its value and what was expected.
 * @throws {UndefinedProbeError} at the first step, when the optimizer is preconditioned (Adam and its like).
 */
export function initialCritical(factor: number): Schedule {
  checked('initialCritical', Options, { factor });
  return { name: `initialCritical(${factor})`, start: () => new InitialRate(factor) };
}

class InitialRate implements RunningSchedule {
  readonly settled = true;
  readonly #factor: number;
  #rate: number | null = null;

  constructor(factor: number) {
    this.#factor = factor;
  }

  next({ probe }: ScheduleStep): Eventual<number> {
    if (this.#rate !== null) return this.#rate;
    return whenReady(probe.train.criticalLearningRate(), (critical) => {
      this.#rate = this.#factor * critical;
      return this.#rate;
    });
  }

  save() {
    return this.#rate;
  }

  restore(rate: number | null): void {
    this.#rate = rate;
  }
}
