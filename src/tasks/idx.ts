import { MalformedFileError } from './malformedFileError.ts';

/** An array as an IDX file stores it (the format of MNIST): unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** Thrown for bytes that are not the IDX file they should be: names file, offset and expectation. */
export class IdxError extends MalformedFileError {
  constructor(file: string, offset: number, problem: string) {
    super(file, offset, problem);
    this.name = 'IdxError';
  }
}

/**
 * Parses an IDX file of unsigned bytes: two zero bytes, the type 0x08, the number of dimensions, each
 * dimension as a big-endian 32-bit number, then the values, and nothing after them.
 * @param file named in errors.
 * @throws {IdxError}
 */
export function parseIdx(bytes: Uint8Array, dimensions: number, file: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * dimensions;
  if (bytes.length < 4) throw new IdxError(file, 0, `expected an IDX header, found ${bytes.length} bytes in all`);
  const magic = view.getUint32(0);
  const expected = 0x0800 + dimensions;
  if (magic !== expected) {
    throw new IdxError(
      file,
      0,
      `expected the magic number ${hex(expected)} (unsigned bytes, ${dimensions} dimensions), found ${hex(magic)}`,
    );
  }
  if (bytes.length < header) throw new IdxError(file, bytes.length, `expected a header of ${header} bytes`);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  shape.forEach((size, axis) => {
    if (size === 0) throw new IdxError(file, 4 + 4 * axis, `expected dimension ${axis + 1} to be at least 1, found 0`);
  });
  const count = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== header + count) {
    throw new IdxError(
      file,
      Math.min(bytes.length, header + count),
      `expected ${header} + ${shape.join(' x ')} = ${header + count} bytes, found ${bytes.length}`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
