import type { ControlMessage } from '../../src/training/control.ts';
import type { ShelvedRun } from './runShelf.ts';

/** What became of a wish. */
export interface Decision {
  readonly accepted: boolean;
  readonly reason?: string;
}

/** Refused actions that a run remembers: a later one takes the place of the one so many before it. */
const REFUSALS = 64;

interface Counts {
  accepted: number;
  refused: number;
}

/** Hands control messages to the runs, and puts each of them, accepted or refused, among the events of its run. */
export class ControlDesk {
  readonly #counts = new WeakMap<ShelvedRun, Counts>();

  /**
   * @param authorized whether the client brought the token
   * @param by the client, for the record: never a secret
   */
  decide(shelved: ShelvedRun, action: ControlMessage, authorized: boolean, by: string): Decision {
    const decision = this.#carryOut(shelved, action, authorized);
    const { history } = shelved;
    const counts = this.#counts.get(shelved) ?? { accepted: 0, refused: 0 };
    this.#counts.set(shelved, counts);
    const number = decision.accepted ? counts.accepted++ : counts.refused++ % REFUSALS;
    history.report(decision.accepted ? 'control' : 'control.refused', number, {
      kind: 'control',
      action,
      ...decision,
      by,
      row: history.rows,
      at: Date.now(),
    });
    return decision;
  }

  #carryOut({ control$, history }: ShelvedRun, action: ControlMessage, authorized: boolean): Decision {
    if (!authorized) return { accepted: false, reason: 'the control token is missing or wrong' };
    if (control$ === undefined) return { accepted: false, reason: 'this run cannot be controlled' };
    if (history.ended) return { accepted: false, reason: 'the run is over' };
    try {
      control$.next(action);
      return { accepted: true };
    } catch (error) {
      return { accepted: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}
