import type { AgopReference, TaskData } from '../tasks/task.ts';

/**
 * Tells the data of two runs apart: sixteen hexadecimal digits from every bit of the training set, the test set and the
 * reference for AGOP alignment.
 */
export function dataFingerprint({ train, test }: TaskData, reference: AgopReference | undefined): string {
  const state = { low: 0x811c9dc5, high: 0x9747b28c };
  for (const { size, dimension, outputs, inputs, targets } of [train, test]) {
    take(Uint32Array.of(size, dimension, outputs), state);
    take(wordsOf(inputs), state);
    take(wordsOf(targets), state);
  }
  for (const numbers of [reference?.diagonal, reference?.matrix]) if (numbers) take(wordsOf(numbers), state);
  return [state.low, state.high].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Two FNV-1a sums over 32-bit words, the second with its bits turned between words. */
function take(words: Uint32Array, state: { low: number; high: number }): void {
  let { low, high } = state;
  for (const word of words) {
    low = Math.imul(low ^ word, 0x01000193);
    high = Math.imul(((high << 13) | (high >>> 19)) ^ word, 0x01000193);
  }
  state.low = low;
  state.high = high;
}

function wordsOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength >> 2);
}
