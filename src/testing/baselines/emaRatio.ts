import { Hysteresis } from './hysteresis.ts';

/** loss > 3 x EMA: what trainers do. */
export class EmaRatio extends Hysteresis {
  #ema = Number.NaN;

  protected rises(value: number): boolean {
    return value > 3 * this.#ema;
  }

  protected isBack(value: number): boolean {
    return value < 1.5 * this.#ema;
  }

  protected learn(value: number, open: boolean): void {
    if (Number.isNaN(this.#ema)) this.#ema = value;
    if (!open) this.#ema += 0.05 * (value - this.#ema);
  }

  protected restart(value: number): void {
    this.#ema = value;
  }
}
