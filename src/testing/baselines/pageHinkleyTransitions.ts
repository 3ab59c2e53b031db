import type { TransitionFinder, TransitionReport } from '../transitionFinder.ts';

/** Page-Hinkley on the logit of the test accuracy (delta .05, limit 1): an alarm is called a transition at once. */
export class PageHinkleyTransitions implements TransitionFinder {
  #memorised = Number.NaN;
  #count = 0;
  #mean = 0;
  #up = 0;
  #down = 0;
  #onset = 0;

  push(time: number, train: number, test: number): { readonly event: TransitionReport | null } {
    if (Number.isNaN(this.#memorised) && train >= 0.99) this.#memorised = time;
    const p = Math.max(0.001, Math.min(0.999, test));
    const x = Math.log(p / (1 - p));
    this.#count += 1;
    this.#mean += (x - this.#mean) / this.#count;
    if (this.#up === 0 && this.#down === 0) this.#onset = time;
    this.#up = Math.max(0, this.#up + x - this.#mean - 0.05);
    this.#down = Math.max(0, this.#down - x + this.#mean - 0.05);
    if (this.#up <= 1 && this.#down <= 1) return { event: null };
    const rises = this.#up > 1;
    this.#count = 1;
    this.#mean = x;
    this.#up = 0;
    this.#down = 0;
    const late = this.#onset >= 2 * this.#memorised;
    return { event: { state: 'closed', class: late ? (rises ? 'grokking' : 'misgrokking') : 'none', t50: time } };
  }

  finish(): null {
    return null;
  }
}
