import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from './optimizer.ts';

/** The tensors that an optimizer keeps from step to step, by name. */
export class StateTensors {
  readonly #kept = new Map<string, tf.Tensor>();
  readonly #constants = new Map<string, tf.Tensor>();

  get(name: string): tf.Tensor {
    const tensor = this.#kept.get(name);
    if (tensor === undefined) throw new Error(`optimizer state: there is no tensor ${name}`);
    return tensor;
  }

  matrix(name: string): tf.Tensor2D {
    return this.get(name) as tf.Tensor2D;
  }

  /** Keeps a tensor, from inside a tidy or not, and lets go of the one that had its name. */
  put(name: string, tensor: tf.Tensor): void {
    const previous = this.#kept.get(name);
    this.#kept.set(name, tf.keep(tensor));
    if (previous !== tensor) previous?.dispose();
  }

  /** A tensor that never changes, made when first asked for: no part of what is saved. */
  constant(name: string, make: () => tf.Tensor): tf.Tensor {
    let tensor = this.#constants.get(name);
    if (tensor === undefined) {
      tensor = tf.keep(tf.tidy(make));
      this.#constants.set(name, tensor);
    }
    return tensor;
  }

  named(): NamedTensor[] {
    return Array.from(this.#kept, ([name, tensor]) => ({ name, tensor }));
  }

  /** @throws {RangeError} naming the tensor that is missing or has the wrong shape; then nothing has changed. */
  restore(saved: readonly NamedTensor[]): void {
    const byName = new Map(saved.map(({ name, tensor }) => [name, tensor]));
    for (const [name, { shape }] of this.#kept) {
      const found = byName.get(name)?.shape;
      if (found === undefined || found.join() !== shape.join()) {
        throw new RangeError(
          `optimizer state: ${name} ${found === undefined ? 'is missing' : `has shape [${found}]`}: expected shape [${shape}]`,
        );
      }
    }
    for (const name of this.#kept.keys()) this.put(name, tf.clone(byName.get(name)!));
  }

  dispose(): void {
    for (const tensor of [...this.#kept.values(), ...this.#constants.values()]) tensor.dispose();
    this.#kept.clear();
    this.#constants.clear();
  }
}
