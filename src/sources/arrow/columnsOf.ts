import { DataType, type Field, type FixedSizeList } from 'apache-arrow';
import {
  type Column,
  type ColumnDescription,
  type ColumnGroup,
  type ColumnType,
  type VectorGroup,
  vectorGroup,
} from '../../columns.ts';

/** Describes a field of a file as the run did that was written to it; what a field does not say is filled in. */
export function describedColumn({ name, type, nullable, metadata }: Field): ColumnDescription {
  const meaning = metadata.get('meaning') ?? 'as the file gave it';
  if (DataType.isFixedSizeList(type)) return describedVector(name, type, nullable, metadata, meaning);
  if (DataType.isStruct(type)) {
    const role = metadata.get('role');
    const group: ColumnGroup = { name, meaning, columns: type.children.map(describedColumn) };
    return { ...group, ...(nullable ? { nullable } : {}), ...(role === 'event' ? { role } : {}) };
  }
  const column: Column = { name, type: scalarType(type), unit: metadata.get('unit') ?? name, meaning };
  const axis = metadata.get('axis');
  return { ...column, ...(nullable ? { nullable } : {}), ...(axis === 'log' ? { axis } : {}) };
}

function describedVector(
  name: string,
  { listSize: length, children }: FixedSizeList,
  nullable: boolean,
  metadata: Field['metadata'],
  meaning: string,
): VectorGroup {
  const { type, nullable: nullableElements, metadata: ofItem } = children[0]!;
  const meanings = textsIn(ofItem.get('meanings'));
  return vectorGroup({
    name,
    length,
    type: scalarType(type),
    unit: metadata.get('unit') ?? name,
    meaning,
    meaningAt: (place) => meanings[place] ?? meaning,
    nullable,
    nullableElements,
    ...(metadata.get('axis') === 'log' ? { axis: 'log' } : {}),
  });
}

/** None where the metadata has none or is damaged: the values are of use without. */
function textsIn(json = '[]'): readonly string[] {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((entry) => typeof entry === 'string') ? list : [];
  } catch {
    return [];
  }
}

/** @param type one of those that toArrow writes */
function scalarType(type: DataType): ColumnType {
  if (DataType.isBool(type)) return 'bool';
  if (DataType.isUtf8(type)) return 'utf8';
  return DataType.isInt(type) ? 'int32' : 'float64';
}
