import { type ColumnDescription, elementOf, isGroup, isVector, type VectorGroup } from '../../src/columns.ts';
import type { Row } from '../../src/step.ts';
import { UnfitValue } from '../arrow/builders/columnBuilder.ts';
import { arrayOf } from '../arrow/builders/vectorBuilder.ts';
import { RowMismatchError } from '../arrow/rowBatch.ts';

type ValueText = (value: unknown) => string;

/**
 * Makes the writer of a run's rows: the columns and no other fields, in their order.
 * @returns a function that throws a {RowMismatchError} for a row that does not fit its columns
 */
export function rowText(columns: readonly ColumnDescription[]): (row: Row) => string {
  const text = groupText(columns, '');
  return (row) => {
    try {
      return text(row);
    } catch (error) {
      throw error instanceof UnfitValue ? new RowMismatchError(row.step, error) : error;
    }
  };
}

function groupText(columns: readonly ColumnDescription[], parent: string): ValueText {
  const names = columns.map(({ name }) => name);
  const keys = columns.map(({ name }, index) => `${index === 0 ? '' : ','}${JSON.stringify(name)}:`);
  const texts = columns.map((column) => columnText(column, parent));
  return (value) => {
    const group = value as Record<string, unknown>;
    let text = '{';
    for (let i = 0; i < names.length; i++) text += keys[i]! + texts[i]!(group[names[i]!]);
    return `${text}}`;
  };
}

function columnText(column: ColumnDescription, parent: string): ValueText {
  const path = parent + column.name;
  const nullable = column.nullable === true || (isGroup(column) && column.role === 'event');
  const [type, expected, text] = isGroup(column)
    ? (['object', 'an object, as the column is a group', groupText(column.columns, `${path}.`)] as const)
    : scalarTexts[column.type];
  if (isVector(column)) return vectorText(column, path, nullable);
  return (value) => {
    if (value === null || value === undefined) {
      if (nullable) return 'null';
    } else if (typeof value === type) return text(value as never);
    throw new UnfitValue(path, value, expected);
  };
}

/** @throws {RangeError} when the columns cannot be the elements of a vector */
function vectorText(vector: VectorGroup, path: string, nullable: boolean): ValueText {
  elementOf(vector);
  const texts = vector.columns.map((column) => columnText(column, `${path}.`));
  return (value) => {
    if (nullable && (value === null || value === undefined)) return 'null';
    const elements = arrayOf(texts.length, value, path);
    let text = '[';
    for (let i = 0; i < texts.length; i++) text += (i === 0 ? '' : ',') + texts[i]!(elements[i]);
    return `${text}]`;
  };
}

const scalarTexts = {
  float64: ['number', 'a number', numberText],
  int32: ['number', 'a number', numberText],
  bool: ['boolean', 'true or false', String],
  utf8: ['string', 'a string', JSON.stringify],
} as const;

/** JSON has no word for NaN and the infinities; they are strings, as they are on the WebSocket. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return `"${value}"`;
}
