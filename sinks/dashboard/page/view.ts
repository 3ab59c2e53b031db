/** The part of the x axis that all charts show: all of it, following the run, or a part that was chosen. */
export class View {
  #chosen: readonly [number, number] | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get zoomed(): boolean {
    return this.#chosen !== undefined;
  }

  zoom(left: number, right: number): void {
    if (!(right > left)) return;
    this.#chosen = [left, right];
    this.#changed();
  }

  reset(): void {
    this.#chosen = undefined;
    this.#changed();
  }

  /** Left and right end, of a run that reaches from `first` to `last`. */
  range([first, last]: readonly [number, number]): readonly [number, number] {
    return this.#chosen ?? (last > first ? [first, last] : [first, first + 1]);
  }
}
