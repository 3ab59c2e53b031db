import { Hysteresis } from './hysteresis.ts';

/** Log-loss more than 4 standard deviations above its EMA. */
export class EmaScore extends Hysteresis {
  #mean = Number.NaN;
  #variance = 0.01;

  protected rises(value: number): boolean {
    return Math.log(value) - this.#mean > Math.max(0.1, 4 * Math.sqrt(this.#variance));
  }

  protected isBack(value: number): boolean {
    return Math.log(value) - this.#mean < Math.max(0.05, Math.sqrt(this.#variance));
  }

  protected learn(value: number, open: boolean): void {
    const x = Math.log(value);
    if (Number.isNaN(this.#mean)) this.#mean = x;
    if (open) return;
    const d = x - this.#mean;
    this.#mean += 0.05 * d;
    this.#variance += 0.05 * (d * d - this.#variance);
  }

  protected restart(value: number): void {
    this.#mean = Math.log(value);
  }
}
