import type { Json } from '../run.ts';
import { type Row, snapshot } from '../step.ts';
import type { PreparedJob } from './preparedJob.ts';

/** The summary of rows that bring none: the scalars of the last row, groups included, events and arrays left out. */
export class LastRow implements NonNullable<PreparedJob['summary']> {
  #last: Row | undefined;

  push(row: Row): void {
    this.#last = row;
  }

  result(): { readonly [name: string]: Json } {
    return this.#last === undefined ? {} : scalars(snapshot(this.#last));
  }
}

function scalars(group: object): { readonly [name: string]: Json } {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(group)) {
    if (value === null || ['number', 'boolean', 'string'].includes(typeof value)) kept[name] = value as Json;
    else if (Object.getPrototypeOf(value) === Object.prototype) kept[name] = scalars(value);
  }
  return kept;
}
