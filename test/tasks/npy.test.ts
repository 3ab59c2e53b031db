import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../src/tasks/npy.ts';
import { expectMalformed } from './malformed.ts';
import { npyBytes } from './npyBytes.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
const product = (shape: readonly number[]) => shape.reduce((count, size) => count * size, 1);

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.map((_, at) => bytes[at - (at % width) + width - 1 - (at % width)]!);
}

/** The array, or the error, which must be one line that names the file and a byte of it. */
function parsed(bytes: Uint8Array) {
  try {
    return parseNpy(bytes, 'some-file');
  } catch (error) {
    expectMalformed(error, 'some-file', bytes.length);
    return error as Error;
  }
}

describe('NPY bytes', () => {
  const types = [
    ['u1', Uint8Array, Uint8Array],
    ['b1', Uint8Array, Uint8Array],
    ['i1', Int8Array, Float64Array],
    ['u2', Uint16Array, Float64Array],
    ['i2', Int16Array, Float64Array],
    ['u4', Uint32Array, Float64Array],
    ['i4', Int32Array, Float64Array],
    ['f4', Float32Array, Float32Array],
    ['f8', Float64Array, Float64Array],
  ] as const;

  it.each(types)('%s of either byte order, every version, in the middle of a larger buffer', (type, Written, Read) => {
    fc.assert(
      fc.property(
        shapes,
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        fc.nat({ max: 9 }),
        (shape, seed, version, shift) => {
          const count = product(shape);
          const values = new Written(
            Array.from({ length: count }, (_, index) => ((seed % 1000) - 500) * index + index / 4),
          );
          const width = values.BYTES_PER_ELEMENT;
          for (const [order, data] of [
            [width === 1 ? '|' : '<', bytesOf(values)],
            ['>', swapped(bytesOf(values), width)],
          ] as const) {
            const bytes = npyBytes(`${order}${type}`, shape, data, { version });
            const larger = new Uint8Array(bytes.length + shift + 3).fill(7);
            larger.set(bytes, shift);
            const found = parseNpy(larger.subarray(shift, shift + bytes.length), 'f');
            expect(found.shape).toEqual(shape);
            expect(found.values).toBeInstanceOf(Read);
            expect([...found.values]).toEqual([...values]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('half precision: every bit pattern', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const { values } = parseNpy(npyBytes('<f2', [65536], bytesOf(bits)), 'f');
    expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555].map((at) => values[at])).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
      Math.fround(1365 / 4096),
    ]);
    expect([values[0x7c00], values[0xfc00], values[0x7c01]]).toEqual([Infinity, -Infinity, Number.NaN]);
    // The order of positive floats is that of their bits.
    for (let at = 1; at <= 0x7c00; at++) expect(values[at]! > values[at - 1]!).toBe(true);
  });

  it('integers of 64 bits, where float64 holds them', () => {
    const fine = BigInt64Array.of(5n, -7n, 2n ** 53n - 1n);
    expect([...parseNpy(npyBytes('<i8', [3], bytesOf(fine)), 'f').values]).toEqual([5, -7, 2 ** 53 - 1]);
    const large = npyBytes('<u8', [2], bytesOf(BigUint64Array.of(1n, 2n ** 63n)));
    expect(() => parseNpy(large, 'f')).toThrow(`f: at byte ${large.length - 8}: expected an integer of at most 2^53`);
  });

  it('Fortran order becomes C order', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = product(shape);
        const values = Float64Array.from({ length: count }, (_, index) => index);
        const transposed = parseNpy(npyBytes('<f8', shape, bytesOf(values), { fortran: true }), 'f');
        for (let to = 0; to < count; to++) {
          // Indices of the row-major place, and where they stand column-major.
          let rest = to;
          const at = [...shape].reverse().map((size) => {
            const index = rest % size;
            rest = Math.floor(rest / size);
            return index;
          });
          let stride = 1;
          let from = 0;
          at.reverse().forEach((index, axis) => {
            from += index * stride;
            stride *= shape[axis]!;
          });
          expect(transposed.values[to]).toBe(from);
        }
      }),
      { numRuns: 50 },
    );
  });

  const sample = npyBytes('<f4', [2, 3], bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)));

  it('truncated anywhere, or with bytes to spare: an error', () => {
    for (let length = 0; length < sample.length; length++) {
      expect(parsed(sample.subarray(0, length))).toBeInstanceOf(Error);
    }
    expect(parsed(Uint8Array.from([...sample, 0]))).toBeInstanceOf(Error);
  });

  it('a byte changed: an array of as many values, or an error', () => {
    for (let at = 0; at < sample.length; at++) {
      for (const flip of [1, 2, 3, 4, 8, 16, 32, 64, 128, 255]) {
        const bytes = sample.slice();
        bytes[at]! ^= flip;
        const found = parsed(bytes);
        if (!(found instanceof Error)) expect(found.values.length).toBe(product(found.shape));
      }
    }
  });

  it('any bytes whatever, also behind a right magic: nothing but an array or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        void parsed(bytes);
        void parsed(Uint8Array.from([...sample.subarray(0, 8), ...bytes]));
      }),
    );
  });

  it.each([
    ["'<c8'", /at byte 10: expected a type of numbers such as '<f4', found '<c8'$/],
    ["'|O'", /expected a type of numbers/],
    ["'<f4', 'evil': 'x'", /expected a header with descr, fortran_order and shape/],
  ])('says what is wrong with descr %s', (description, message) => {
    expect(() => parseNpy(npyBytes(description.slice(1, -1), [1], new Uint8Array(8)), 'f')).toThrow(message);
  });

  it('absurd shapes are refused before anything is allocated', () => {
    for (const shape of [[0], [2 ** 40, 2 ** 40], [1e15, 1e15, 1e15], new Array(40).fill(1)]) {
      expect(parsed(npyBytes('<f8', shape, new Uint8Array(8)))).toBeInstanceOf(Error);
    }
    const endless = sample.slice();
    endless[6] = 2;
    endless.fill(255, 8, 12);
    expect((parsed(endless) as Error).message).toContain('expected a header of at most 10000 bytes, found 4294967295');
  });
});
