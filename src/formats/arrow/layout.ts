import { DataType, type Field, type Float, type Int, Precision, type Schema } from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';

/** Whether a schema has only the types that toArrow writes. */
export function isOurs(schema: Schema): boolean {
  return (
    isComplete(schema.fields) &&
    withMembers(schema.fields).every(
      ({ type }) =>
        DataType.isStruct(type) ||
        DataType.isBool(type) ||
        DataType.isUtf8(type) ||
        (DataType.isFloat(type) && (type as Float).precision === Precision.DOUBLE) ||
        (DataType.isInt(type) && (type as Int).bitWidth === 32 && type.isSigned),
    )
  );
}

/**
 * Whether the metadata of a batch can be that of `schema`: a node for each column with as many slots as there are rows,
 * and buffers long enough for them that lie within the body. What fails here is damaged.
 * @param schema one that {@link isOurs}
 */
export function batchFits(batch: RecordBatch, schema: Schema, bodyLength: number): boolean {
  const rows = batch.length;
  const columns = withMembers(schema.fields);
  const atLeast = columns.flatMap(({ type }) => bufferLengths(type, rows));
  return (
    rows >= 0 &&
    batch.compression === null &&
    batch.nodes.length === columns.length &&
    batch.nodes.every(({ length, nullCount }) => length === rows && nullCount >= 0 && nullCount <= rows) &&
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

/** Depth first, as the format lays them out. */
function withMembers(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...withMembers(field.type.children ?? [])]);
}

interface BufferLength {
  readonly bytes: number;
  /** May be left out: a validity bitmap of a column without nulls. */
  readonly optional?: true;
}

function bufferLengths(type: DataType, rows: number): BufferLength[] {
  const bits = { bytes: (rows + 7) >> 3 };
  const validity = { ...bits, optional: true } as const;
  if (DataType.isStruct(type)) return [validity];
  if (DataType.isBool(type)) return [validity, bits];
  if (DataType.isUtf8(type)) return [validity, { bytes: 4 * (rows + 1) }, { bytes: 0 }];
  return [validity, { bytes: rows * (DataType.isInt(type) ? 4 : 8) }];
}
