import { type DataType, type Field, Type, type Union, UnionMode } from 'apache-arrow';

/** How many nodes and buffers of a record batch a column takes, those of its members included. */
export interface FieldLayout {
  readonly nodes: number;
  readonly buffers: number;
}

/**
 * The layout of a column of any type, so that those that nobody asked for can be passed over.
 * Source: the columnar format, "Record Batch message".
 * @returns undefined for types whose buffers are not settled by the schema (views)
 */
export function layoutOf({ type }: Field): FieldLayout | undefined {
  const own = ownBuffers(type);
  if (own === undefined) return undefined;
  let nodes = 1;
  let buffers = own;
  for (const member of type.children ?? []) {
    const layout = layoutOf(member);
    if (layout === undefined) return undefined;
    nodes += layout.nodes;
    buffers += layout.buffers;
  }
  return { nodes, buffers };
}

function ownBuffers(type: DataType): number | undefined {
  switch (type.typeId) {
    case Type.Null:
      return 0;
    case Type.Struct:
    case Type.FixedSizeList:
      return 1;
    case Type.Union:
      return (type as Union).mode === UnionMode.Dense ? 2 : 1;
    case Type.Binary:
    case Type.Utf8:
    case Type.LargeBinary:
    case Type.LargeUtf8:
      return 3;
    case Type.Int:
    case Type.Float:
    case Type.Bool:
    case Type.Decimal:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Interval:
    case Type.Duration:
    case Type.FixedSizeBinary:
    case Type.List:
    case Type.Map:
    case Type.Dictionary:
      return 2;
    default:
      return undefined;
  }
}
