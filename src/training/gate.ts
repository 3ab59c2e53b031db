/** What the training loop asks between two steps: whether to wait, to save, and to go on. */
export class Gate {
  #stopped = false;
  #saveAsked = false;
  #pause: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether somebody has asked for a checkpoint that is still to be taken. */
  get saveAsked(): boolean {
    return this.#saveAsked;
  }

  /** A promise to wait for before looking here again, while the run is paused. */
  get paused(): Promise<void> | undefined {
    return this.#pause?.promise;
  }

  pause(): void {
    if (this.#pause !== undefined || this.#stopped) return;
    this.#pause = door();
  }

  resume(): void {
    this.#pause?.open();
    this.#pause = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.resume();
  }

  /** Asks for a checkpoint: a paused run wakes up for it, and stays paused. */
  checkpoint(): void {
    this.#saveAsked = true;
    const pause = this.#pause;
    if (pause === undefined) return;
    this.#pause = door();
    pause.open();
  }

  saved(): void {
    this.#saveAsked = false;
  }
}

function door(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
