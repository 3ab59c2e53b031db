import { DataType, type Field, type FixedSizeList, type Float, type Int, Precision, type Schema } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { mostElements } from '../../columns.ts';

/** Whether a schema has only the types that toArrow writes. */
export function isOurs(schema: Schema): boolean {
  return (
    isComplete(schema.fields) &&
    withMembers(schema.fields).every(
      ({ type }) => DataType.isStruct(type) || isScalar(type) || (DataType.isFixedSizeList(type) && isVectorType(type)),
    )
  );
}

function isScalar(type: DataType): boolean {
  return (
    DataType.isBool(type) ||
    DataType.isUtf8(type) ||
    (DataType.isFloat(type) && (type as Float).precision === Precision.DOUBLE) ||
    (DataType.isInt(type) && (type as Int).bitWidth === 32 && type.isSigned)
  );
}

function isVectorType({ listSize, children }: FixedSizeList): boolean {
  return listSize >= 1 && listSize <= mostElements && children.length === 1 && isScalar(children[0]!.type);
}

/**
 * Whether the metadata of a batch can be that of `schema`: a node for each column with as many slots as there are rows
 * (times the elements of a vector), and buffers long enough for them that lie within the body. What fails here is damaged.
 * @param schema one that {@link isOurs}
 */
export function batchFits(batch: RecordBatch, schema: Schema, bodyLength: number): boolean {
  const rows = batch.length;
  const columns = withMembers(schema.fields);
  const atLeast = columns.flatMap(({ type, perRow }) => bufferLengths(type, rows * perRow));
  return (
    rows >= 0 &&
    batch.compression === null &&
    batch.nodes.length === columns.length &&
    batch.nodes.every(
      ({ length, nullCount }, index) =>
        length === rows * columns[index]!.perRow && nullCount >= 0 && nullCount <= length,
    ) &&
    batch.buffers.length === atLeast.length &&
    batch.buffers.every(
      ({ offset, length }, index) =>
        offset >= 0 &&
        offset % 8 === 0 &&
        offset + length <= bodyLength &&
        (length >= atLeast[index]!.bytes || (length === 0 && atLeast[index]!.optional)),
    )
  );
}

/** The number of the first buffer of a column within a batch. @param column one of the outermost */
export function firstBuffer(schema: Schema, column: Field): number {
  const before = schema.fields.slice(0, schema.fields.indexOf(column));
  return withMembers(before).reduce((count, { type }) => count + bufferLengths(type, 0).length, 0);
}

/** Damaged metadata can decode to a group that lacks members; arrow-js hands them on as undefined. */
function isComplete(fields: readonly (Field | undefined)[]): boolean {
  return fields.every((field) => field?.type != null && isComplete(field.type.children ?? []));
}

interface Slots {
  readonly type: DataType;
  /** Slots that a row has: more than one below a vector. */
  readonly perRow: number;
}

/** Depth first, as the format lays them out. */
function withMembers(fields: readonly Field[], perRow = 1): Slots[] {
  return fields.flatMap(({ type }) => [
    { type, perRow },
    ...withMembers(type.children ?? [], DataType.isFixedSizeList(type) ? perRow * type.listSize : perRow),
  ]);
}

interface BufferLength {
  readonly bytes: number;
  /** May be left out: a validity bitmap of a column without nulls. */
  readonly optional?: true;
}

function bufferLengths(type: DataType, rows: number): BufferLength[] {
  const bits = { bytes: (rows + 7) >> 3 };
  const validity = { ...bits, optional: true } as const;
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) return [validity];
  if (DataType.isBool(type)) return [validity, bits];
  if (DataType.isUtf8(type)) return [validity, { bytes: 4 * (rows + 1) }, { bytes: 0 }];
  return [validity, { bytes: rows * (DataType.isInt(type) ? 4 : 8) }];
}
