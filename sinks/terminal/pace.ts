/** Rows per second of late: an average that forgets what lies more than a few seconds back. */
export class Pace {
  readonly #memory: number;
  #rows = 0;
  #at: number | undefined;
  #perSecond: number | undefined;

  /** @param memory seconds after which a past rate counts for a third */
  constructor(memory = 3) {
    this.#memory = memory;
  }

  /** Undefined until there have been two readings. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** Takes a reading: rows so far, at a time in milliseconds. */
  read(rows: number, now: number): void {
    if (this.#at !== undefined && now > this.#at) {
      const seconds = (now - this.#at) / 1000;
      const rate = (rows - this.#rows) / seconds;
      const share = 1 - Math.exp(-seconds / this.#memory);
      this.#perSecond = this.#perSecond === undefined ? rate : this.#perSecond + share * (rate - this.#perSecond);
    }
    this.#rows = rows;
    this.#at = now;
  }
}
