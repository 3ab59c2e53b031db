/** What the training loop asks at each step: whether to wait, and whether to go on. */
export class Gate {
  #stopped = false;
  #pause: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** A promise to wait for before the next step, while the run is paused. */
  get paused(): Promise<void> | undefined {
    return this.#pause?.promise;
  }

  pause(): void {
    if (this.#pause !== undefined || this.#stopped) return;
    let open: () => void = () => {};
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#pause = { promise, open };
  }

  resume(): void {
    this.#pause?.open();
    this.#pause = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.resume();
  }
}
