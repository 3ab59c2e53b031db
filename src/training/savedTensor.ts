import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../optimizers/optimizer.ts';

/** A tensor as plain data. A type, not an interface, so that it counts as data with string keys. */
export type SavedTensor = {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
};

export type SavedTensors = { readonly [name: string]: SavedTensor };

/**
 * Copies tensors into host memory. They must live until this settles.
 * @throws {Error} (as a rejection) when two have one name, or the type of one cannot be saved.
 */
export async function savedTensors(named: readonly NamedTensor[]): Promise<SavedTensors> {
  const twice = named.find(({ name }, index) => named.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new Error(`there are two tensors ${twice.name}: expected a name for each`);
  const entries = await Promise.all(
    named.map(async ({ name, tensor }) => {
      if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32')
        throw new Error(`the tensor ${name} is of ${tensor.dtype}: only float32 and int32 can be saved`);
      // Some backends hand out their own memory.
      const values = (await tensor.data()).slice() as Float32Array | Int32Array;
      return [name, { shape: [...tensor.shape], values }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** The same tensors on the backend; the caller disposes of them. */
export function restoredTensors(saved: SavedTensors): NamedTensor[] {
  return Object.entries(saved).map(([name, { shape, values }]) => ({
    name,
    tensor: tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32'),
  }));
}
