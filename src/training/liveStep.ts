import type { Run } from '../run.ts';
import type { Release, TrainingStep } from '../step.ts';
import type { LiveProbe } from './liveProbe.ts';

/** The recorded numbers of a step. */
export type StepNumbers = Pick<TrainingStep, 'step' | 'epoch' | 'time' | 'seconds' | 'loss' | 'learningRate'>;

/** A step of our own trainer, with its count of holds. Every row has the same fields in the same order. */
export class LiveStep implements TrainingStep {
  readonly step: number;
  readonly epoch: number;
  readonly time: number;
  readonly seconds: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly run: Run;
  readonly probe: LiveProbe;
  #holds = 0;
  #whenReleased: (() => void) | undefined;

  constructor(numbers: StepNumbers, run: Run, probe: LiveProbe) {
    this.step = numbers.step;
    this.epoch = numbers.epoch;
    this.time = numbers.time;
    this.seconds = numbers.seconds;
    this.loss = numbers.loss;
    this.learningRate = numbers.learningRate;
    this.run = run;
    this.probe = probe;
  }

  hold(): Release {
    this.#holds++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#holds--;
      if (this.#holds === 0) this.#whenReleased?.();
    };
  }

  /** Undefined when nobody holds the row, else a promise of the moment when nobody does. */
  released(): Promise<void> | undefined {
    if (this.#holds === 0) return undefined;
    return new Promise((resolve) => {
      this.#whenReleased = resolve;
    });
  }
}
