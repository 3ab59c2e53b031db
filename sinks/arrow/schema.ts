import { Bool, type DataType, Field, Float64, Int32, Schema, Struct, Utf8 } from 'apache-arrow';
import { type Column, type ColumnDescription, type ColumnGroup, type ColumnType, isGroup } from '../../src/columns.ts';
import type { Run } from '../../src/run.ts';

/** Version of what Onager lays down in an Arrow file beyond Arrow itself: the metadata keys below and their meaning. */
export const formatVersion = '1';

/** What a file says of the run that its rows are of. */
export type RunDescription = Pick<Run, 'name' | 'metadata' | 'columns'>;

/**
 * The Arrow schema of a table of a run: scalars as Float64, Int32, Bool and Utf8, groups as Struct.
 *
 * Field metadata: `meaning` always, `unit` of scalars, `axis` and `role` where given. Schema metadata: `onager.format`,
 * `onager.run` (the name), `onager.metadata` (the run's metadata as JSON), and `more`.
 *
 * @param columns those of the table, where they are not the run's
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
  const type = isGroup(description) ? new Struct(description.columns.map(arrowField)) : scalarType(description.type);
  return new Field(description.name, type, isNullable(description), fieldMetadata(description));
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
  if (isGroup(description)) {
    if (description.role !== undefined) metadata.set('role', description.role);
  } else {
    metadata.set('unit', description.unit);
    if (description.axis !== undefined) metadata.set('axis', description.axis);
  }
  return metadata;
}
