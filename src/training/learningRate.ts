import { isObservable, type Observable, type Subscription } from 'rxjs';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Saved } from '../memory.ts';
import type { RunningSchedule, Schedule, ScheduleStep } from './schedule.ts';
import type { TrainingSpec } from './trainingSpec.ts';

/** What the learning rate of a run remembers. */
export interface SavedLearningRate {
  /** Set by hand, or null. */
  readonly override: number | null;
  /** The schedule's own state; null without a schedule, or when it has none. */
  readonly schedule: Saved;
}

/**
 * The learning rate of one run, from whichever source the spec names. A rate set by hand overrides the
 * source from the next step on. A stream of rates is read like a dial: the latest value counts, and the
 * first step waits for the first value: a resumed run listens anew, and its first step waits again.
 */
export class LearningRate {
  readonly #source: (step: ScheduleStep) => Eventual<number>;
  readonly #schedule: RunningSchedule | undefined;
  readonly #subscription: Subscription | undefined;
  #override: number | undefined;

  constructor(source: TrainingSpec['learningRate']) {
    if (typeof source === 'number') this.#source = () => source;
    else if (typeof source === 'function') this.#source = source;
    else if (isObservable(source)) {
      const dial = new Dial(source);
      this.#source = () => dial.value();
      this.#subscription = dial.subscription;
    } else {
      const schedule = (source as Schedule).start();
      this.#schedule = schedule;
      this.#source = (step) => schedule.next(step);
    }
  }

  /** Whether the schedule, if there is one, has done what it set out to do, or was overruled. */
  get settled(): boolean {
    return this.#override !== undefined || (this.#schedule?.settled ?? true);
  }

  override(rate: number): void {
    this.#override = rate;
  }

  /** @throws {TypeError} naming the schedule when it has no way to be saved. */
  checkSavable(name: string): void {
    const schedule = this.#schedule;
    if (schedule === undefined || (schedule.save !== undefined && schedule.restore !== undefined)) return;
    throw new TypeError(
      `train: the schedule ${name} cannot be saved in a checkpoint: expected one that has save() and restore()`,
    );
  }

  save(): SavedLearningRate {
    return { override: this.#override ?? null, schedule: this.#schedule?.save?.() ?? null };
  }

  restore({ override, schedule }: SavedLearningRate): void {
    this.#override = override ?? undefined;
    this.#schedule?.restore?.(schedule as never);
  }

  /** @throws {RangeError} naming the step when the source gives no usable rate. */
  of(step: ScheduleStep): Eventual<number> {
    if (this.#override !== undefined) return this.#override;
    return whenReady(this.#source(step), (rate) => {
      // A loss that is no longer finite takes its kernel's critical rate with it: that row is still told.
      if (!Number.isFinite(step.loss)) return rate;
      if (!(rate >= 0 && Number.isFinite(rate))) {
        throw new RangeError(
          `train: the learning rate of step ${step.step} is ${rate}: expected a finite number of at least 0`,
        );
      }
      return rate;
    });
  }

  dispose(): void {
    this.#subscription?.unsubscribe();
  }
}

/** The latest value of a stream of rates. */
class Dial {
  readonly subscription: Subscription;
  #latest: number | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(rates: Observable<number>) {
    this.subscription = rates.subscribe({
      next: (rate) => {
        this.#latest = rate;
        this.#wake?.();
      },
      error: (error) => {
        this.#failure = { error };
        this.#wake?.();
      },
      complete: () => {
        this.#ended = true;
        this.#wake?.();
      },
    });
  }

  value(): Eventual<number> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#latest !== undefined) return this.#latest;
    if (this.#ended) throw new RangeError('train: the stream of learning rates completed without a value');
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.value());
  }
}
