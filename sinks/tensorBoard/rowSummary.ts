import { type ColumnDescription, eventGroups, leafColumns } from '../../src/columns.ts';
import type { Row } from '../../src/step.ts';
import { UnfitValue } from '../arrow/builders/columnBuilder.ts';
import { RowMismatchError } from '../arrow/rowBatch.ts';

interface Place {
  readonly tag: string;
  readonly path: readonly string[];
}

/** What TensorBoard is told of a row: its numbers and its events. */
export class RowSummary {
  readonly #scalars: readonly Place[];
  readonly #events: readonly Place[];

  constructor(columns: readonly ColumnDescription[]) {
    const place = (path: readonly string[]) => ({ tag: path.join('/'), path });
    this.#scalars = leafColumns(columns)
      .filter(({ path, column }) => column.type !== 'utf8' && path.join('/') !== 'step')
      .map(({ path }) => place(path));
    this.#events = eventGroups(columns).map(({ path }) => place(path));
  }

  /** @throws {RowMismatchError} when a column does not have a value of its type. */
  of(row: Row): { readonly scalars: [string, number][]; readonly texts: [string, string][] } {
    const scalars: [string, number][] = [];
    for (const { tag, path } of this.#scalars) {
      const value = valueAt(row, path);
      if (value === null || value === undefined) continue;
      if (typeof value !== 'number' && typeof value !== 'boolean') {
        throw new RowMismatchError(row.step, new UnfitValue(tag.replaceAll('/', '.'), value, 'a number'));
      }
      scalars.push([tag, Number(value)]);
    }
    const texts: [string, string][] = [];
    for (const { tag, path } of this.#events) {
      const value = valueAt(row, path);
      if (typeof value === 'object' && value !== null) texts.push([tag, eventText(value)]);
    }
    return { scalars, texts };
  }
}

function valueAt(row: Row, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value;
}

/** A Markdown table of what an event says. */
function eventText(event: object): string {
  const lines = Object.entries(event)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `| ${name} | ${typeof value === 'object' ? JSON.stringify(value) : value} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}
