import type { SweepEvent } from './sweep.ts';

/** A time in milliseconds at which a run was at a step. */
interface Reading {
  readonly at: number;
  readonly step: number;
}

interface RunningRun {
  readonly begin: number;
  expectedSteps: number | null;
  /** The first reading shows when the steps began: loading and preparing come before. */
  first: Reading | undefined;
  last: Reading | undefined;
}

/**
 * How much of a sweep is done and how long the rest will take: runs that have finished say how long one takes, and those
 * under way by the share of their steps.
 */
export class SweepForecast {
  readonly #runs: number;
  readonly #workers: number;
  readonly #running = new Map<number, RunningRun>();
  readonly #seconds: number[] = [];
  #ended = 0;
  #failed = 0;

  /** @param runs to be run, without those known before */
  constructor(runs: number, workers: number) {
    this.#runs = runs;
    this.#workers = workers;
  }

  get ended(): number {
    return this.#ended;
  }

  get failed(): number {
    return this.#failed;
  }

  get running(): number {
    return this.#running.size;
  }

  /** @param now milliseconds, from any origin */
  next(event: SweepEvent, now: number): void {
    if (event.kind === 'began') {
      this.#running.set(event.run, { begin: now, expectedSteps: null, first: undefined, last: undefined });
    } else if (event.kind === 'progress') {
      const run = this.#running.get(event.run);
      if (run === undefined) return;
      run.expectedSteps = event.expectedSteps;
      run.last = { at: now, step: event.step };
      run.first ??= run.last;
    } else if (event.kind === 'ended') {
      this.#running.delete(event.run);
      this.#ended++;
      if (event.outcome.state === 'failed') this.#failed++;
      if (event.outcome.state === 'finished') this.#seconds.push(event.outcome.seconds);
    }
  }

  /** Share of the work that is done, in [0, 1]. */
  get share(): number {
    let done = this.#ended;
    for (const run of this.#running.values()) done += shareOf(run);
    return this.#runs === 0 ? 1 : done / this.#runs;
  }

  /** Undefined while nothing has shown how long a run takes. */
  secondsLeft(now: number): number | undefined {
    const running = [...this.#running.values()].map((run) => {
      const elapsed = (now - run.begin) / 1000;
      return { elapsed, left: secondsLeftOf(run, now) };
    });
    const foreseen = running.flatMap(({ elapsed, left }) => (left === undefined ? [] : [elapsed + left]));
    const known = [...this.#seconds, ...foreseen];
    if (known.length === 0) return undefined;
    const typical = known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
    const left = running.map((run) => run.left ?? Math.max(0, typical - run.elapsed));
    const waiting = this.#runs - this.#ended - running.length;
    const work = left.reduce((sum, seconds) => sum + seconds, waiting * typical);
    return Math.max(work / this.#workers, ...left);
  }
}

/** By the pace of the steps so far; undefined when they are too few to go by. */
function secondsLeftOf({ first, last, expectedSteps }: RunningRun, now: number): number | undefined {
  if (first === undefined || last === undefined || expectedSteps === null) return undefined;
  const steps = last.step - first.step;
  if (steps < 0.02 * expectedSteps || steps === 0) return undefined;
  const pace = (last.at - first.at) / steps;
  return Math.max(0, pace * (expectedSteps - last.step) - (now - last.at)) / 1000;
}

/** A run that takes longer than expected is taken to be about to end. */
function shareOf({ last, expectedSteps }: RunningRun): number {
  return expectedSteps === null || last === undefined ? 0 : Math.min(1, last.step / expectedSteps);
}
