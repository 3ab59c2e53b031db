import { z } from 'zod';

/** Numbers with a shape, in a type that safetensors has as well. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** Where a tensor is in a file, in bytes from the begin of the data. */
export interface TensorPlace {
  readonly dtype: keyof typeof arrays;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const arrays = { F64: Float64Array, F32: Float32Array, I32: Int32Array } as const;

const Entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/**
 * The places of tensors in a file, back to back: those of 8 bytes first, so that every number is aligned.
 * Source: the safetensors format (github.com/huggingface/safetensors), whose data begin where the header ends.
 */
export function placed(tensors: ReadonlyMap<string, NumberArray>): Map<string, TensorPlace> {
  const sorted = [...tensors].sort(([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT);
  let end = 0;
  return new Map(
    sorted.map(([name, { shape, values }]) => {
      const begin = end;
      end += values.byteLength;
      return [name, { dtype: dtypeOf(values), shape, begin, end }];
    }),
  );
}

function dtypeOf(values: NumberArray['values']): TensorPlace['dtype'] {
  if (values instanceof Float32Array) return 'F32';
  return values instanceof Float64Array ? 'F64' : 'I32';
}

/** The entry of a tensor in the header. */
export function headerEntry({ dtype, shape, begin, end }: TensorPlace): object {
  return { dtype, shape, data_offsets: [begin, end] };
}

/**
 * The places that a header tells, in the order of the data.
 * @throws {Error} when they are not as {@link placed} makes them.
 */
export function placesIn(header: { readonly [name: string]: unknown }): Map<string, TensorPlace> {
  let last = 0;
  const places = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]): [string, TensorPlace] => {
      const told = Entry.safeParse(entry);
      if (!told.success)
        throw new Error(`tensor ${name} is told as ${JSON.stringify(entry)}: expected dtype, shape and data_offsets`);
      const { dtype, shape, data_offsets } = told.data;
      const [begin, end] = data_offsets;
      if (!Object.hasOwn(arrays, dtype)) throw new Error(`tensor ${name} is of ${dtype}: expected F32, F64 or I32`);
      const place = { dtype: dtype as TensorPlace['dtype'], shape, begin, end };
      const size = shape.reduce((product, length) => product * length, arrays[place.dtype].BYTES_PER_ELEMENT);
      if (begin !== last || end - begin !== size)
        throw new Error(`tensor ${name} of shape [${shape}] is at bytes ${begin} to ${end} of the data`);
      last = end;
      return [name, place];
    });
  return new Map(places);
}

/** The bytes of an array, not copied. */
export function bytesOf({ values }: NumberArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A tensor from a copy of its bytes. */
export function tensorOf(bytes: Uint8Array, { dtype, shape }: TensorPlace): NumberArray {
  return { shape, values: new arrays[dtype](new Uint8Array(bytes).buffer) };
}
