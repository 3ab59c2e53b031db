import { Hysteresis } from './hysteresis.ts';

/** Page-Hinkley on the log-loss (Page 1954): delta .05, limit 2. */
export class PageHinkley extends Hysteresis {
  #count = 0;
  #mean = 0;
  #sum = 0;

  protected rises(value: number): boolean {
    const x = Math.log(value);
    return this.#count > 0 && this.#sum + x - this.#mean - 0.05 > 2;
  }

  protected isBack(value: number): boolean {
    return Math.log(value) - this.#mean < 0.2;
  }

  protected learn(value: number, open: boolean): void {
    if (open) {
      this.#sum = 0;
      return;
    }
    const x = Math.log(value);
    this.#count = Math.min(50, this.#count + 1);
    this.#mean += (x - this.#mean) / this.#count;
    this.#sum = Math.max(0, this.#sum + x - this.#mean - 0.05);
  }

  protected restart(value: number): void {
    this.#count = 1;
    this.#mean = Math.log(value);
    this.#sum = 0;
  }
}
