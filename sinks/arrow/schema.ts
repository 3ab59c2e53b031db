import { Bool, type DataType, Field, FixedSizeList, Float64, Int32, Schema, Struct, Utf8 } from 'apache-arrow';
import {
  type Column,
  type ColumnDescription,
  type ColumnGroup,
  type ColumnType,
  elementOf,
  isGroup,
  isVector,
  type VectorGroup,
} from '../../src/columns.ts';
import type { Run } from '../../src/run.ts';

/** Version of what Onager lays down in an Arrow file beyond Arrow itself: the metadata keys below and their meaning. */
export const formatVersion = '1';

/** What a file says of the run that its rows are of. */
export type RunDescription = Pick<Run, 'name' | 'metadata' | 'columns'>;

/**
 * The Arrow schema of a table of a run: scalars as Float64, Int32, Bool and Utf8, groups as Struct, vectors as
 * FixedSizeList.
 *
 * Field metadata: `meaning` always, `unit` of scalars and vectors, `axis` and `role` where given; `meanings` of the item
 * of a vector, a JSON list, where its elements have their own. Schema metadata: `onager.format`,
 * `onager.run` (the name), `onager.metadata` (the run's metadata as JSON), and `more`.
 *
 * @param columns those of the table, where they are not the run's
 * @throws {RangeError} for a vector whose columns cannot be its elements
 */
export function arrowSchema(
  run: RunDescription,
  columns: readonly ColumnDescription[] = run.columns,
  more: readonly (readonly [key: string, value: string])[] = [],
): Schema {
  return new Schema(
    columns.map(arrowField),
    new Map([
      ['onager.format', formatVersion],
      ['onager.run', run.name],
      ['onager.metadata', JSON.stringify(run.metadata)],
      ...more,
    ]),
  );
}

/** A group is nullable when it says so, and always when it holds events. */
export function isNullable(description: ColumnDescription): boolean {
  return description.nullable === true || (isGroup(description) && description.role === 'event');
}

export function arrowField(description: ColumnDescription): Field {
  return new Field(description.name, arrowType(description), isNullable(description), fieldMetadata(description));
}

function arrowType(description: ColumnDescription): DataType {
  if (isVector(description)) return new FixedSizeList(description.columns.length, itemField(description));
  return isGroup(description) ? new Struct(description.columns.map(arrowField)) : scalarType(description.type);
}

/** Of the elements of a vector: named as other writers of Arrow do. */
function itemField(vector: VectorGroup): Field {
  const element = elementOf(vector);
  const meanings = vector.columns.map(({ meaning }) => meaning);
  const own = meanings.some((meaning) => meaning !== vector.meaning);
  const metadata = new Map(own ? [['meanings', JSON.stringify(meanings)]] : []);
  return new Field('item', scalarType(element.type), isNullable(element), metadata);
}

function scalarType(type: ColumnType): DataType {
  switch (type) {
    case 'float64':
      return new Float64();
    case 'int32':
      return new Int32();
    case 'bool':
      return new Bool();
    case 'utf8':
      return new Utf8();
  }
}

function fieldMetadata(description: Column | ColumnGroup): Map<string, string> {
  const metadata = new Map([['meaning', description.meaning]]);
  if (isGroup(description) && description.role !== undefined) metadata.set('role', description.role);
  const scalar = isVector(description) ? elementOf(description) : isGroup(description) ? undefined : description;
  if (scalar !== undefined) metadata.set('unit', scalar.unit);
  if (scalar?.axis !== undefined) metadata.set('axis', scalar.axis);
  return metadata;
}
