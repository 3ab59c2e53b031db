import { type DataType, type FixedSizeList, type Float, type Int, Precision, Type } from 'apache-arrow';

/** How the numbers of a column are read. */
export interface NumberType {
  /** Numbers a row: more than one for a list of fixed size. */
  readonly width: number;
  /** Whether the numbers are members of a list, which has a node and a validity bitmap of its own. */
  readonly list: boolean;
  /** Bytes that `count` numbers take. */
  bytes(count: number): number;
  /** Reads numbers out of a buffer. */
  reader(buffer: Uint8Array): (index: number) => number;
}

/** Undefined for a column that is not of numbers. */
export function numberType(type: DataType): NumberType | undefined {
  if (type.typeId === Type.FixedSizeList) {
    const { listSize, children } = type as FixedSizeList;
    const inner = children[0] && numberType(children[0].type);
    return inner === undefined || inner.list ? undefined : { ...inner, width: listSize, list: true };
  }
  if (type.typeId === Type.Bool) {
    return {
      width: 1,
      list: false,
      bytes: (count) => Math.ceil(count / 8),
      reader: (buffer) => (index) => (buffer[index >> 3]! >> (index & 7)) & 1,
    };
  }
  const read = scalarReader(type);
  if (read === undefined) return undefined;
  const [size, get] = read;
  return {
    width: 1,
    list: false,
    bytes: (count) => count * size,
    reader: (buffer) => {
      const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      return (index) => get(view, index * size);
    },
  };
}

type Get = (view: DataView, at: number) => number;

function scalarReader(type: DataType): readonly [bytes: number, get: Get] | undefined {
  if (type.typeId === Type.Float) {
    const { precision } = type as Float;
    if (precision === Precision.DOUBLE) return [8, (view, at) => view.getFloat64(at, true)];
    return precision === Precision.SINGLE ? [4, (view, at) => view.getFloat32(at, true)] : undefined;
  }
  if (type.typeId !== Type.Int) return undefined;
  const { bitWidth, isSigned } = type as Int;
  switch (bitWidth) {
    case 8:
      return [1, isSigned ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at)];
    case 16:
      return [2, isSigned ? (view, at) => view.getInt16(at, true) : (view, at) => view.getUint16(at, true)];
    case 32:
      return [4, isSigned ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true)];
    default:
      return [
        8,
        isSigned ? (view, at) => Number(view.getBigInt64(at, true)) : (view, at) => Number(view.getBigUint64(at, true)),
      ];
  }
}
