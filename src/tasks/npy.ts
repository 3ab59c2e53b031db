import { MalformedFileError } from './malformedFileError.ts';

/** An array of numbers, row-major. */
export interface NumericArray {
  readonly shape: readonly number[];
  /** Bytes and booleans stay bytes; 16- and 32-bit floats become float32, everything else float64. */
  readonly values: Uint8Array | Float32Array | Float64Array;
}

/** Longest header that is read: NumPy's own limit. */
const longestHeader = 10_000;

/**
 * Parses a NumPy array file, versions 1 to 3: any integer, float or boolean type of either byte order, C or Fortran
 * order, at least one value, and nothing after the values.
 * Source: numpy.lib.format.
 * @param file named in errors.
 * @throws {MalformedFileError} also for integers of 64 bits that float64 cannot hold.
 */
export function parseNpy(bytes: Uint8Array, file: string): NumericArray {
  const { text, start, end } = headerOf(bytes, file);
  const fail = (expected: string) => new MalformedFileError(file, start, expected);
  const found = /^\{ *'descr': *'([^']*)', *'fortran_order': *(True|False), *'shape': *\(([^)]*)\),? *\} *\n?$/.exec(
    text,
  );
  if (found === null) throw fail(`expected a header with descr, fortran_order and shape, found ${shown(text)}`);
  const [, description, order, sizes] = found as unknown as [string, string, string, string];
  const kind = /^([<>|=])(b1|[ui][1248]|f[248])$/.exec(description);
  if (kind === null) throw fail(`expected a type of numbers such as '<f4', found '${shown(description)}'`);
  const shape = sizes.split(',').map((size) => size.trim());
  if (shape.at(-1) === '') shape.pop();
  if (shape.length > 32 || !shape.every((size) => /^[1-9]\d{0,15}$/.test(size))) {
    throw fail(`expected a shape of sizes of at least 1, found (${shown(sizes)})`);
  }
  const lengths = shape.map(Number);
  const width = Number(kind[2]![1]);
  const count = lengths.reduce((product, size) => product * size, 1);
  if (bytes.length !== end + count * width) {
    throw new MalformedFileError(
      file,
      Math.min(bytes.length, end + count * width),
      `expected ${[...lengths, `${width} bytes`].join(' x ')} after the header's ${end}, found ${bytes.length - end}`,
    );
  }
  // A view of plain bytes, also of a Buffer, whose `slice` would not copy.
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + end, count * width);
  const values = valuesOf(data, kind[2]!, kind[1] !== '>', count, end, file);
  return { shape: lengths, values: order === 'True' ? rowMajor(values, lengths) : values };
}

function headerOf(bytes: Uint8Array, file: string): { text: string; start: number; end: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  const wrong = magic.findIndex((byte, at) => bytes[at] !== byte);
  if (wrong >= 0) throw new MalformedFileError(file, Math.min(wrong, bytes.length), 'expected the magic \\x93NUMPY');
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3 || bytes[7] !== 0) {
    throw new MalformedFileError(file, Math.min(6, bytes.length), 'expected version 1.0, 2.0 or 3.0');
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw new MalformedFileError(file, bytes.length, 'expected the length of a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) {
    throw new MalformedFileError(file, 8, `expected a header of at most ${longestHeader} bytes, found ${length}`);
  }
  const end = start + length;
  if (bytes.length < end) throw new MalformedFileError(file, bytes.length, `expected a header of ${length} bytes`);
  return { text: String.fromCharCode(...bytes.subarray(start, end)), start, end };
}

function valuesOf(
  bytes: Uint8Array,
  type: string,
  littleEndian: boolean,
  count: number,
  offset: number,
  file: string,
): NumericArray['values'] {
  if (type === 'u1' || type === 'b1') return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = Number(type[1]);
  const values = type === 'f4' || type === 'f2' ? new Float32Array(count) : new Float64Array(count);
  const read = readers[type]!;
  for (let index = 0; index < count; index++) {
    const value = read(view, index * width, littleEndian);
    if (width === 8 && type !== 'f8' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      throw new MalformedFileError(
        file,
        offset + index * width,
        `expected an integer of at most 2^53 in size, found ${value}`,
      );
    }
    values[index] = value;
  }
  return values;
}

const readers: Readonly<Record<string, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f2: (view, at, little) => halfPrecision(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** The value of a float of 16 bits: IEEE 754 binary16. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** From the first index running fastest to the last one doing so. */
function rowMajor(values: NumericArray['values'], shape: readonly number[]): NumericArray['values'] {
  const result = values.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const at = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]!++;
      from += strides[axis]!;
      if (at[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text).slice(1, -1);
}
