import { DataType, type Field } from 'apache-arrow';
import type { Column, ColumnDescription, ColumnGroup, ColumnType } from '../../columns.ts';

/** Describes a field of a file as the run did that was written to it; what a field does not say is filled in. */
export function describedColumn({ name, type, nullable, metadata }: Field): ColumnDescription {
  const meaning = metadata.get('meaning') ?? 'as the file gave it';
  if (DataType.isStruct(type)) {
    const role = metadata.get('role');
    const group: ColumnGroup = { name, meaning, columns: type.children.map(describedColumn) };
    return { ...group, ...(nullable ? { nullable } : {}), ...(role === 'event' ? { role } : {}) };
  }
  const column: Column = { name, type: scalarType(type), unit: metadata.get('unit') ?? name, meaning };
  const axis = metadata.get('axis');
  return { ...column, ...(nullable ? { nullable } : {}), ...(axis === 'log' ? { axis } : {}) };
}

/** @param type one of those that toArrow writes */
function scalarType(type: DataType): ColumnType {
  if (DataType.isBool(type)) return 'bool';
  if (DataType.isUtf8(type)) return 'utf8';
  return DataType.isInt(type) ? 'int32' : 'float64';
}
