import type { Saved } from '../memory.ts';
import type { Json } from '../run.ts';
import type { NumberArray } from './safetensors.ts';

// What JSON cannot say is an object with one of these keys: an array of numbers by the name of its tensor, with its shape
// or flat; a number that JSON has no text for; an object that has such a key of its own.
const tensorKey = '$tensor';
const arrayKey = '$array';
const numberKey = '$number';
const objectKey = '$object';

/** Plain data as JSON and tensors apart: what {@link joined} puts together again, bit for bit. */
export interface Parted {
  readonly json: Json;
  /** Named after the way to them: `parameters/W1`. */
  readonly tensors: ReadonlyMap<string, NumberArray>;
}

export function parted(data: Saved): Parted {
  const tensors = new Map<string, NumberArray>();
  const keep = (path: string, array: NumberArray): string => {
    let name = path;
    for (let count = 2; tensors.has(name); count++) name = `${path}#${count}`;
    tensors.set(name, array);
    return name;
  };
  const part = (value: Saved, path: string): Json => {
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
      return { [numberKey]: Object.is(value, -0) ? '-0' : String(value) };
    if (typeof value !== 'object' || value === null) return value;
    if (isNumbers(value)) return { [arrayKey]: keep(path, { shape: [value.length], values: value }) };
    if (isShaped(value)) return { [tensorKey]: keep(path, value) };
    if (Array.isArray(value)) return value.map((entry: Saved, index) => part(entry, `${path}/${index}`));
    const entries = Object.entries(value as { readonly [key: string]: Saved })
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]): [string, Json] => [key, part(entry, path === '' ? key : `${path}/${key}`)]);
    const object = Object.fromEntries(entries);
    return entries.some(([key]) => key.startsWith('$')) ? { [objectKey]: object } : object;
  };
  return { json: part(data, ''), tensors };
}

/** @throws {Error} naming a tensor that is not there. */
export function joined({ json, tensors }: Parted): Saved {
  const tensor = (name: Json): NumberArray => {
    const found = tensors.get(String(name));
    if (found === undefined) throw new Error(`there is no tensor ${name}`);
    return found;
  };
  const join = (value: Json): Saved => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(join);
    const object = value as { readonly [key: string]: Json };
    if (object[numberKey] !== undefined) return Number(object[numberKey]);
    if (object[arrayKey] !== undefined) return tensor(object[arrayKey]).values;
    if (object[tensorKey] !== undefined) return tensor(object[tensorKey]) as unknown as Saved;
    const inner = (object[objectKey] ?? object) as typeof object;
    return Object.fromEntries(Object.entries(inner).map(([key, entry]) => [key, join(entry)]));
  };
  return join(json);
}

function isNumbers(value: unknown): value is NumberArray['values'] {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array;
}

/** A tensor as plain data: a shape and as many values, and nothing else. */
function isShaped(value: object): value is NumberArray {
  const { shape, values } = value as Partial<NumberArray>;
  return Object.keys(value).length === 2 && Array.isArray(shape) && isNumbers(values);
}
