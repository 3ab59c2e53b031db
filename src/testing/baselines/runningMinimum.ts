import { Hysteresis } from './hysteresis.ts';

/** Twice the running minimum opens, 1.3 times closes. */
export class RunningMinimum extends Hysteresis {
  #least = Number.POSITIVE_INFINITY;

  protected rises(value: number): boolean {
    return value > 2 * this.#least;
  }

  protected isBack(value: number): boolean {
    return value < 1.3 * this.#least;
  }

  protected learn(value: number): void {
    this.#least = Math.min(this.#least, value);
  }

  protected restart(value: number): void {
    this.#least = value;
  }
}
