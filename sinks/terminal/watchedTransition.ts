import type { Row } from '../../src/step.ts';
import { follow } from './watchedValues.ts';

/** In a word, how far a run is on its way to a late change of generalisation; undefined where nothing looks for one. */
export class WatchedTransition {
  #state: string | undefined;

  get state(): string | undefined {
    return this.#state;
  }

  read(row: Row): void {
    const found = follow(row, ['phaseTransitions']);
    if (typeof found !== 'object' || found === null) return;
    const { memorised, open, event } = found as { memorised?: unknown; open?: unknown; event?: unknown };
    const { state, class: name } = (event ?? {}) as { state?: unknown; class?: unknown };
    if (open === true) this.#state = 'changing';
    else if (state === 'closed' && typeof name === 'string' && name !== 'none') this.#state = name;
    // What was taken back, or too small, leaves the run where it was.
    else if (this.#state === undefined || !settled.has(this.#state)) {
      this.#state = typeof memorised === 'number' ? 'memorised' : 'not memorised';
    }
  }
}

const settled: ReadonlySet<string> = new Set(['grokking', 'misgrokking', 'gradual']);
