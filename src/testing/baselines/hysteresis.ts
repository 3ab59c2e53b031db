import type { SpikeFinder, SpikeReport } from '../spikeFinder.ts';

/** Shared by the baselines: up is an event, down closes it, and after 200 steps up it counts as a level shift. */
export abstract class Hysteresis implements SpikeFinder {
  #begin = -1;
  readonly #state: { event: SpikeReport | null } = { event: null };

  push(value: number, step: number): { readonly event: SpikeReport | null } {
    this.#state.event = null;
    const open = this.#begin >= 0;
    if (!open && this.rises(value)) {
      this.#begin = step;
      this.#state.event = { state: 'open', begin: step, confirmedAt: step, verdict: 'undecided' };
    } else if (open && (this.isBack(value) || step - this.#begin >= 200)) {
      const verdict = this.isBack(value) ? 'spike' : 'level shift';
      this.#state.event = { state: 'closed', begin: this.#begin, confirmedAt: step, verdict };
      if (verdict === 'level shift') this.restart(value);
      this.#begin = -1;
    }
    this.learn(value, this.#begin >= 0);
    return this.#state;
  }

  finish(): SpikeReport | null {
    return this.#begin < 0
      ? null
      : { state: 'open', begin: this.#begin, confirmedAt: this.#begin, verdict: 'undecided' };
  }

  protected abstract rises(value: number): boolean;
  protected abstract isBack(value: number): boolean;
  protected abstract learn(value: number, open: boolean): void;
  protected abstract restart(value: number): void;
}
