import { randomStream } from '../randomness.ts';

/**
 * The rows of each step's batch: without replacement within an epoch, the epoch's order drawn from its own
 * random stream; what is left over at the end of an epoch, fewer rows than a batch, is dropped.
 */
export class BatchOrder {
  readonly stepsPerEpoch: number;
  readonly #samples: number;
  readonly #batchSize: number;
  readonly #seed: number;
  #epoch = -1;
  #order: Int32Array = new Int32Array(0);

  /** @throws {RangeError} when the batch is larger than the training set. */
  constructor(samples: number, batchSize: number, seed: number) {
    if (batchSize > samples) {
      throw new RangeError(`train: batchSize = ${batchSize}: expected at most the ${samples} training samples`);
    }
    this.#samples = samples;
    this.#batchSize = batchSize;
    this.#seed = seed;
    this.stepsPerEpoch = Math.floor(samples / batchSize);
  }

  /** The rows of a step's batch; undefined when the batch is the whole training set. */
  rows(step: number): Int32Array | undefined {
    if (this.#batchSize === this.#samples) return undefined;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = randomStream(this.#seed, 'order', epoch).permutation(this.#samples);
    }
    const start = (step % this.stepsPerEpoch) * this.#batchSize;
    return this.#order.subarray(start, start + this.#batchSize);
  }
}
