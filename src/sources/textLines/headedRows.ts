import { type Column, type ColumnDescription, isGroup, isVector } from '../../columns.ts';
import { runOfHeader } from '../../formats/jsonLines/header.ts';
import { Run } from '../../run.ts';
import type { Row } from '../../step.ts';
import { jsonObject } from './jsonObject.ts';
import { Malformed } from './parsedLine.ts';

/** Lines that `toJsonLines` wrote: a header, and rows that have its columns exactly. */
export class HeadedRows {
  readonly run: Run;
  readonly #names: readonly string[];
  readonly #values: readonly ((value: unknown) => unknown)[];

  private constructor(run: Run) {
    this.run = run;
    this.#names = run.columns.map(({ name }) => name);
    this.#values = run.columns.map((column) => readerOf(column, ''));
  }

  /** Undefined when a line is no header. @param without columns and groups to leave out */
  static of(line: string, without: readonly string[]): HeadedRows | undefined {
    const run = headerOf(line);
    if (!run?.columns.some(({ name }) => name === 'step')) return undefined;
    const columns = run.columns.filter(({ name }) => name === 'step' || !without.includes(name));
    return new HeadedRows(new Run(run.name, columns, run.metadata));
  }

  read(line: string): Row | null | Malformed {
    const object = jsonObject(line);
    if (object === null || object instanceof Malformed) return object;
    // A run that was begun anew has its header again.
    if (object.step === undefined && headerOf(line) !== undefined) return null;
    const row: Record<string, unknown> = {};
    try {
      for (let i = 0; i < this.#names.length; i++) row[this.#names[i]!] = this.#values[i]!(object[this.#names[i]!]);
    } catch (error) {
      return error instanceof Unfit ? new Malformed(error.message) : new Malformed('expected a row');
    }
    row.run = this.run;
    return row as unknown as Row;
  }
}

function headerOf(line: string): Run | undefined {
  if (!line.includes('"onager"')) return undefined;
  const object = jsonObject(line);
  if (object === null || object instanceof Malformed) return undefined;
  try {
    return runOfHeader(object);
  } catch {
    return undefined;
  }
}

class Unfit extends Error {}

function readerOf(column: ColumnDescription, parent: string): (value: unknown) => unknown {
  const path = parent + column.name;
  const nullable = column.nullable === true || (isGroup(column) && column.role === 'event');
  const present = isVector(column)
    ? vectorOf(column.columns, path)
    : isGroup(column)
      ? groupOf(column.columns, path)
      : scalarOf(column, path);
  return (value) => {
    if (value !== null && value !== undefined) return present(value);
    if (nullable) return null;
    throw new Unfit(`expected a value in column '${path}'`);
  };
}

function groupOf(columns: readonly ColumnDescription[], path: string): (value: unknown) => unknown {
  const names = columns.map(({ name }) => name);
  const values = columns.map((column) => readerOf(column, `${path}.`));
  return (value) => {
    if (typeof value !== 'object') throw new Unfit(`expected an object in column '${path}'`);
    const group: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) group[names[i]!] = values[i]!((value as Record<string, unknown>)[names[i]!]);
    return group;
  };
}

function vectorOf(columns: readonly ColumnDescription[], path: string): (value: unknown) => unknown {
  const elements = columns.map((column) => readerOf(column, `${path}.`));
  return (value) => {
    if (!Array.isArray(value) || value.length !== elements.length)
      throw new Unfit(`expected an array of ${elements.length} in column '${path}'`);
    return elements.map((element, place) => element(value[place]));
  };
}

const notFinite = new Map<unknown, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function scalarOf({ type }: Column, path: string): (value: unknown) => unknown {
  if (type === 'utf8' || type === 'bool') {
    const expected = type === 'utf8' ? 'string' : 'boolean';
    return (value) => {
      if (typeof value !== expected) throw new Unfit(`expected a ${expected} in column '${path}'`);
      return value;
    };
  }
  return (value) => {
    const number = typeof value === 'number' ? value : notFinite.get(value);
    if (number === undefined || (type === 'int32' && (number | 0) !== number))
      throw new Unfit(`expected a ${type === 'int32' ? 'whole ' : ''}number in column '${path}'`);
    return number;
  };
}
