import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers that depends on its address alone. */
export interface RandomStream {
  /** Uniform on [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller in float64). */
  normal(): number;
  /** Uniform on 0 .. bound - 1. */
  integer(bound: number): number;
  /** A uniform permutation of 0 .. size - 1 (Fisher-Yates). */
  permutation(size: number): Int32Array;
}

/**
 * The random stream at an address such as `(seed, 'order', epoch)`. Counter-based in use: any epoch's
 * order, or any layer's initialisation, is reached without drawing what came before it, so a resumed run
 * and every backend see the same numbers.
 */
export function randomStream(seed: number, ...address: readonly (string | number)[]): RandomStream {
  const generator = xoroshiro128plus(hash(`${seed}/${address.join('/')}`));
  let spare: number | undefined;
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    permutation(size) {
      const order = Int32Array.from({ length: size }, (_, index) => index);
      for (let last = size - 1; last > 0; last--) {
        const other = uniformInt(generator, 0, last);
        const kept = order[last]!;
        order[last] = order[other]!;
        order[other] = kept;
      }
      return order;
    },
  };
}

/** `size` normal numbers of the given standard deviation, rounded to float32. */
export function normalArray(stream: RandomStream, size: number, deviation = 1): Float32Array {
  const values = new Float32Array(size);
  for (let index = 0; index < size; index++) values[index] = deviation * stream.normal();
  return values;
}

/** FNV-1a with a final avalanche (murmur3's), so that neighbouring addresses give unrelated streams. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) | 0;
}
