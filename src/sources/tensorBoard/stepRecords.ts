import type { TensorBoardEvent } from '../../formats/tensorBoard/event.ts';
import { fieldLimit, type TextRecord, type TextValue } from '../textLines/parsedLine.ts';

/** Gathers the scalars of each step, which come one by one or together, into one record. */
export class StepRecords {
  readonly #most: number;
  #complete: TextRecord[] = [];
  #open: Record<string, TextValue> | undefined;
  #fields = 0;
  #origin: number | undefined;

  /** @param most records to keep that nobody takes */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether as many have come as are kept. */
  get full(): boolean {
    return this.#complete.length >= this.#most;
  }

  /** Records of steps that are over. */
  get complete(): readonly TextRecord[] {
    return this.#complete;
  }

  push({ step, wallTime, scalars }: Pick<TensorBoardEvent, 'step' | 'wallTime' | 'scalars'>): void {
    if (scalars.length === 0) return;
    if (this.#open === undefined || this.#open.step !== step) {
      this.settle();
      this.#origin ??= wallTime;
      this.#open = Object.create(null) as Record<string, TextValue>;
      this.#open.step = step;
      this.#open.seconds = wallTime - this.#origin;
      this.#fields = 0;
    }
    for (const [tag, value] of scalars) {
      if (tag === 'step' || this.#fields === fieldLimit) continue;
      this.#fields++;
      this.#open[tag] = value;
    }
  }

  /** Nothing more is to come of the last step. */
  settle(): void {
    if (this.#open !== undefined) this.#complete.push(this.#open);
    this.#open = undefined;
  }

  take(): TextRecord[] {
    return this.#complete.splice(0);
  }
}
