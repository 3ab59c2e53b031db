import type { SpikeVerdict } from '../src/detectors/spikeEvent.ts';

/** What the suite needs of a spike detector: the reports of {@link SpikeDetector} are such. */
export interface SpikeReport {
  readonly state: 'open' | 'closed';
  readonly begin: number;
  readonly confirmedAt: number;
  readonly verdict: SpikeVerdict;
}

export interface SpikeFinder {
  push(value: number, step: number): { readonly event: SpikeReport | null };
  finish(): SpikeReport | null;
}

/** Shared by the baselines: up is an event, down closes it, and after 200 steps up it counts as a level shift. */
abstract class Hysteresis implements SpikeFinder {
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

/** Twice the running minimum opens, 1.3 times closes. */
export class RunningMinimum extends Hysteresis {
  #least = Number.POSITIVE_INFINITY;

  protected rises(value: number): boolean {
    return value > 2 * this.#least;
  }

  protected isBack(value: number): boolean {
    return value < 1.3 * this.#least;
  }

  protected learn(value: number): void {
    this.#least = Math.min(this.#least, value);
  }

  protected restart(value: number): void {
    this.#least = value;
  }
}

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
