/**
 * Counts spikes by the rule of thumb of the claims that are reproduced: a loss above twice its running minimum, and back
 * within 1.3 times of it. The operator `spikes()` is what finds them under noise; this is the same yardstick for every
 * run of a table.
 */
export class SpikeCount {
  #least = Number.POSITIVE_INFINITY;
  #up = false;
  #count = 0;

  /** Those that came back. */
  get count(): number {
    return this.#count;
  }

  push(loss: number): void {
    if (loss > 2 * this.#least) this.#up = true;
    else if (this.#up && loss <= 1.3 * this.#least) {
      this.#up = false;
      this.#count++;
    }
    if (loss < this.#least) this.#least = loss;
  }

  save() {
    return { least: this.#least, up: this.#up, count: this.#count };
  }

  restore({ least, up, count }: ReturnType<SpikeCount['save']>): void {
    this.#least = least;
    this.#up = up;
    this.#count = count;
  }
}
