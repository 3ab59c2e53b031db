import fc from 'fast-check';

/** Small whole numbers that follow from a seed (xorshift): as many as are wanted, at no cost. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

const pieces = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '-1',
  '1e999',
  '0',
  '"__proto__":',
  '\u0000',
  '1.5',
  'é',
  '\\',
];

/** Text that was right, with some of it replaced, cut out or cut off; now and then text that never was. */
export function hostileText(right: readonly string[], chance: Chance): string {
  let text = chance.below(10) === 0 ? '' : chance.of(right);
  for (let damages = chance.below(4); damages >= 0; damages--) {
    const begin = chance.below(text.length + 1);
    text = text.slice(0, begin) + chance.of(pieces) + text.slice(begin + chance.below(7));
  }
  return text;
}

/** Bytes that were right, with some of them changed, or cut off; now and then bytes that never were. */
export function hostileBytes(right: Uint8Array<ArrayBuffer>, chance: Chance): Uint8Array<ArrayBuffer> {
  const length = chance.below(5) === 0 ? chance.below(right.length) : right.length;
  const bytes = right.slice(0, length);
  if (chance.below(10) === 0) for (let i = 0; i < length; i++) bytes[i] = chance.below(256);
  for (let damages = chance.below(6); damages >= 0; damages--) {
    bytes[chance.below(right.length)] = chance.of([0, 1, 127, 128, 255, chance.below(256)]);
  }
  return bytes;
}

/** Checks a law on so many inputs. @throws what fast-check reports when one of them breaks it */
export type Law = (inputs: number) => void;

/** Inputs that come from one seed: drawing each of them alone takes longer than reading it. */
const PER_SEED = 100;

export function law<T>(draw: (chance: Chance) => T, holds: (input: T) => boolean): Law {
  const property = fc.property(fc.integer(), (seed) => {
    const chance = new Chance(seed);
    for (let i = 0; i < PER_SEED; i++) {
      const input = draw(chance);
      try {
        if (holds(input)) continue;
      } catch (cause) {
        throw new Error(`${cause} for ${printed(input)}`, { cause });
      }
      throw new Error(`does not hold for ${printed(input)}`);
    }
  });
  return (inputs) => {
    const { stackTraceLimit } = Error;
    // Refusing is what decoders do here nearly always; the stack takes longer than the refusal.
    Error.stackTraceLimit = 0;
    try {
      fc.assert(property, { numRuns: inputs / PER_SEED });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

function printed(input: unknown): string {
  return input instanceof Uint8Array ? Buffer.from(input).toString('hex') : JSON.stringify(input);
}
