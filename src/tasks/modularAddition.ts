import { z } from 'zod';
import { randomStream } from '../randomness.ts';
import { checked } from '../validation.ts';
import type { Dataset, Task } from './task.ts';

const Options = z.strictObject({
  /** p: what is learnt is a + b mod p. */
  modulus: z.int().min(2).default(31),
  /** Share of the p^2 pairs to learn from; the others are the test set. */
  trainShare: z.number().gt(0).lt(1).default(0.75),
});

export type ModularAdditionOptions = z.input<typeof Options>;

/**
 * Addition modulo p, as classification: the input is the one-hot vector of a beside that of b, 2p numbers, the target
 * the one-hot vector of a + b mod p.
 * Source: Power et al. 2022 (arXiv 2201.02177); in this form Lyu et al. 2024 (arXiv 2311.18817), section 1.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function modularAddition(options: ModularAdditionOptions = {}): Task {
  const { modulus, trainShare } = checked('modularAddition', Options, options);
  const pairs = modulus * modulus;
  const trained = Math.round(trainShare * pairs);
  if (trained < 1 || trained >= pairs) {
    throw new RangeError(`modularAddition: trainShare = ${trainShare}: expected to leave pairs on both sides`);
  }
  const sums = (numbers: Int32Array): Dataset => {
    const inputs = new Float32Array(numbers.length * 2 * modulus);
    const targets = new Float32Array(numbers.length * modulus);
    numbers.forEach((number, sample) => {
      const a = Math.floor(number / modulus);
      const b = number % modulus;
      inputs[sample * 2 * modulus + a] = 1;
      inputs[sample * 2 * modulus + modulus + b] = 1;
      targets[sample * modulus + ((a + b) % modulus)] = 1;
    });
    return { inputs, targets, size: numbers.length, dimension: 2 * modulus, outputs: modulus };
  };
  return {
    name: `addition-mod${modulus}`,
    classes: 'largest',
    description: { task: 'modularAddition', modulus, trainShare },
    data(seed) {
      const order = randomStream(seed, 'pairs').permutation(pairs);
      return { train: sums(order.subarray(0, trained)), test: sums(order.subarray(trained)) };
    },
  };
}
