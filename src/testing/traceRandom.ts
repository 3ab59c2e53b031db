import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Seeded draws for synthetic traces; the same seed gives the same trace on every machine. */
export class TraceRandom {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed | 0);
    // Neighbouring seeds give similar first draws.
    for (let i = 0; i < 16; i++) this.#generator.next();
  }

  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.#generator);
  }

  /** Uniform in the logarithm. */
  logUniform(low: number, high: number): number {
    return Math.exp(this.uniform(Math.log(low), Math.log(high)));
  }

  /** An integer, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform(0, high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)]!;
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Student's t with 5 degrees of freedom, scaled to unit variance and clipped at 4. */
  heavyTailed(): number {
    let square = 0;
    for (let i = 0; i < 5; i++) square += this.normal() ** 2;
    const t = (this.normal() / Math.sqrt(square / 5)) * Math.sqrt(3 / 5);
    return Math.max(-4, Math.min(4, t));
  }
}
