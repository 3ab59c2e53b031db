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
    const start = this.#start(step);
    return this.#order.subarray(start, start + this.#batchSize);
  }

  /**
   * So many rows: those of the step's batch and those after it in the epoch's order, which goes on from its beginning;
   * undefined when they are the whole training set.
   * @throws {RangeError} when there are not so many, or the batch has more.
   */
  more(step: number, count: number): Int32Array | undefined {
    if (!(count >= this.#batchSize && count <= this.#samples)) {
      throw new RangeError(
        `train: a gradient of ${count} samples was asked for: expected ${this.#batchSize}, the batch, to ${this.#samples}, the training set`,
      );
    }
    if (count === this.#samples) return undefined;
    const start = this.#start(step);
    return Int32Array.from({ length: count }, (_, index) => this.#order[(start + index) % this.#samples]!);
  }

  /** Where a step's batch begins in the order of its epoch, which is made ready. */
  #start(step: number): number {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = randomStream(this.#seed, 'order', epoch).permutation(this.#samples);
    }
    return (step % this.stepsPerEpoch) * this.#batchSize;
  }
}
