import * as tf from '@tensorflow/tfjs-core';

/** Owns the tensors of one step (or one run) and frees them together, whoever computed them and when. */
export class TensorScope {
  readonly #tensors: tf.Tensor[] = [];

  /** Computes a tensor, freeing the intermediates; the result lives until the scope is disposed of. */
  own<T extends tf.Tensor>(compute: () => T): T {
    const tensor = tf.keep(tf.tidy(compute));
    this.#tensors.push(tensor);
    return tensor;
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor.dispose();
    this.#tensors.length = 0;
  }
}
