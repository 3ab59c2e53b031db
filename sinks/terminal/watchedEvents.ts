import { type ColumnDescription, eventGroups } from '../../src/columns.ts';
import type { Row } from '../../src/step.ts';
import { follow } from './watchedValues.ts';

/** What of an event is shown; every event has some of these fields, a spike all of them. */
export interface ShownEvent {
  /** The verdict, else the kind, else the name of the group. */
  readonly what: string;
  readonly begin: number | undefined;
  readonly ratio: number | undefined;
  readonly evidence: string | undefined;
}

/** Finds the events in rows that are worth a line for good, and counts them. */
export class WatchedEvents {
  readonly #paths: readonly (readonly string[])[];
  /** Which group has reported the event that begins at a step, as two groups may report the same one. */
  readonly #reportedBy = new Map<number, number>();
  #catapults = 0;
  #others = 0;

  constructor(columns: readonly ColumnDescription[]) {
    const paths = eventGroups(columns).map(({ path }) => path);
    // The catapults group reports what the spikes group does, with a better founded verdict.
    const refined = paths.some(([group]) => group === 'catapults');
    this.#paths = refined ? paths.filter(([group]) => group !== 'spikes') : paths;
  }

  /** Whether a catapult can be found at all. */
  get anyCatapults(): boolean {
    return this.#paths.some(([group]) => group === 'catapults' || group === 'spikes');
  }

  get catapults(): number {
    return this.#catapults;
  }

  /** Closed events that are not catapults. */
  get others(): number {
    return this.#others;
  }

  /**
   * The events on this row that have closed, or that turned out to be a divergence, which may never close; changes of
   * generalisation when they begin as well.
   */
  read(row: Row): ShownEvent[] | undefined {
    let shown: ShownEvent[] | undefined;
    for (let i = 0; i < this.#paths.length; i++) {
      const event = follow(row, this.#paths[i]!);
      if (typeof event !== 'object' || event === null) continue;
      const fields = event as Record<string, unknown>;
      const open = fields.state === 'open';
      const transition = fields.kind === 'transition';
      // A change of generalisation takes a while to settle: it is news when it begins.
      if (open && fields.verdict !== 'divergence' && !transition) continue;
      const begin = typeof fields.begin === 'number' ? fields.begin : undefined;
      if (begin !== undefined && this.#isAnothers(begin, i)) continue;
      // How far a change of generalisation is has a place of its own on the line.
      if (!open && !transition) this.#count(fields.verdict);
      shown ??= [];
      const name = transition && fields.class !== 'none' ? fields.class : fields.verdict;
      shown.push({
        what: [name, fields.kind, this.#paths[i]![0]].find((word) => typeof word === 'string') as string,
        // When it could be known, which may be long after it began.
        begin: transition && typeof fields.confirmedAt === 'number' ? fields.confirmedAt : begin,
        ratio: typeof fields.ratio === 'number' ? fields.ratio : undefined,
        evidence: typeof fields.evidence === 'string' ? fields.evidence : undefined,
      });
    }
    return shown;
  }

  #isAnothers(begin: number, group: number): boolean {
    const reporter = this.#reportedBy.get(begin);
    if (reporter === undefined) this.#reportedBy.set(begin, group);
    return reporter !== undefined && reporter !== group;
  }

  #count(verdict: unknown): void {
    if (verdict === 'catapult') this.#catapults++;
    else this.#others++;
  }
}
