import type { ColumnDescription, ColumnGroup } from './columns.ts';
import type { Eventual } from './eventual.ts';
import type { Memory, Saved } from './memory.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What is written beside the rows: spec, seed, backend, versions. Never a secret. */
export type RunMetadata = { readonly [key: string]: Json };

/** Thrown when two annotators of one pipe want the same name. */
export class NameTakenError extends Error {
  constructor(name: string) {
    super(
      `the rows already have a field '${name}': give the second annotator another name, for example { as: '${name}2' }`,
    );
    this.name = 'NameTakenError';
  }
}

/** Where a resumed run goes on: the number of its first row, and what was kept for it, by name. */
export interface ResumePoint {
  readonly step: number;
  readonly memories: { readonly [name: string]: Saved };
}

/**
 * One subscription's rows share one run: its name, its metadata and the description of every column.
 * Each annotator declares its group when the first row passes, so a sink downstream knows the whole
 * schema with the first row it sees.
 */
export class Run {
  readonly name: string;
  readonly metadata: RunMetadata;
  readonly #columns: ColumnDescription[];
  readonly #resumePoint: ResumePoint | undefined;
  readonly #memories = new Map<string, Memory>();
  #trained = false;
  #ended = false;

  constructor(
    name: string,
    columns: readonly ColumnDescription[],
    metadata: RunMetadata = {},
    resumePoint?: ResumePoint,
  ) {
    this.name = name;
    this.metadata = metadata;
    this.#columns = [...columns];
    this.#resumePoint = resumePoint;
  }

  /** A run that this program trains, in this thread or in one that it has started. */
  static ofTraining(...made: ConstructorParameters<typeof Run>): Run {
    const run = new Run(...made);
    run.#trained = true;
    return run;
  }

  /** Whether this program trains it: not so of a recording, a log, or what another program serves. */
  get trained(): boolean {
    return this.#trained;
  }

  /** Every column so far, the source's own first, then one group per annotator in the order of the pipe. */
  get columns(): readonly ColumnDescription[] {
    return this.#columns;
  }

  /** Whether the subscription it was made for is over: its rows may then come again, as those of another run. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  /** @throws {NameTakenError} when the name is in use. */
  declare(group: ColumnGroup): void {
    if (this.#columns.some(({ name }) => name === group.name)) throw new NameTakenError(group.name);
    this.#columns.push(group);
  }

  /** The step of the first row, when the run goes on from a checkpoint. */
  get resumedAt(): number | undefined {
    return this.#resumePoint?.step;
  }

  /**
   * Has a memory saved with every checkpoint of the run; on a resumed run restores it, before this returns, from what
   * was saved under the same name. To be called with the first row. An operator made by `annotator` need not.
   * @param required whether resuming without a saved state, from a pipe that had none of that name, is an error
   * @returns what has it forgotten: checkpoints to come do without
   * @throws {NameTakenError} when something else is kept under the name.
   * @throws {Error} when nothing was saved, or what was saved does not fit.
   */
  keep(name: string, memory: Memory, required = true): () => void {
    if (this.#memories.has(name)) throw new NameTakenError(name);
    this.#memories.set(name, memory);
    const forget = () => void this.#memories.delete(name);
    if (this.#resumePoint === undefined) return forget;
    const saved = this.#resumePoint.memories[name];
    if (saved !== undefined) memory.restore(structuredClone(saved) as never);
    else if (required) {
      throw new Error(
        `${name}: the checkpoint of step ${this.#resumePoint.step} has no state of it: expected the operators of the run that was saved`,
      );
    }
    return forget;
  }

  /** A copy of what is kept, as it is now: to be asked for between two rows. */
  async saved(): Promise<{ readonly [name: string]: Saved }> {
    const states: [string, Eventual<Saved>][] = Array.from(this.#memories, ([name, memory]) => [name, memory.save()]);
    return Object.fromEntries(
      await Promise.all(states.map(async ([name, state]) => [name, structuredClone(await state)] as const)),
    );
  }
}
