import { type ColumnDescription, elementOf, isGroup, isVector } from '../../../src/columns.ts';
import { arrowField, isNullable } from '../schema.ts';
import { BoolBuilder } from './boolBuilder.ts';
import type { ColumnBuilder } from './columnBuilder.ts';
import { Float64Builder } from './float64Builder.ts';
import { Int32Builder } from './int32Builder.ts';
import { StructBuilder } from './structBuilder.ts';
import { Utf8Builder } from './utf8Builder.ts';
import { VectorBuilder } from './vectorBuilder.ts';

const scalarBuilders = { float64: Float64Builder, int32: Int32Builder, bool: BoolBuilder, utf8: Utf8Builder };

/** The builder of a column, with those of its members, for batches of at most `rows` rows. */
export function builderOf(description: ColumnDescription, rows: number, parent = ''): ColumnBuilder {
  const path = parent + description.name;
  const nullable = isNullable(description);
  if (!isGroup(description)) return new scalarBuilders[description.type](path, nullable, rows);
  if (isVector(description)) {
    const { length } = description.columns;
    const elements = builderOf(elementOf(description), rows * length, `${path}.`);
    return new VectorBuilder(path, arrowField(description).type, nullable, rows, length, elements);
  }
  const members = description.columns.map((member) => [member.name, builderOf(member, rows, `${path}.`)] as const);
  return new StructBuilder(path, arrowField(description).type, nullable, rows, members);
}
