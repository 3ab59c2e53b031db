import type { ColumnDescription, ColumnGroup } from './columns.ts';

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

/**
 * One subscription's rows share one run: its name, its metadata and the description of every column.
 * Each annotator declares its group when the first row passes, so a sink downstream knows the whole
 * schema with the first row it sees.
 */
export class Run {
  readonly name: string;
  readonly metadata: RunMetadata;
  readonly #columns: ColumnDescription[];
  #ended = false;

  constructor(name: string, columns: readonly ColumnDescription[], metadata: RunMetadata = {}) {
    this.name = name;
    this.metadata = metadata;
    this.#columns = [...columns];
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
}
