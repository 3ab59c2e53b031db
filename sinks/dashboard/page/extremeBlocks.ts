/** Points that a block of the lowest level sums up. */
export const BLOCK = 16;
/** Blocks that one of the next level sums up. */
const FACTOR = 4;

/** The blocks of one size. */
interface Level {
  readonly size: number;
  /** Where the smallest and the largest number of each block are; whether all its numbers are finite. */
  smallest: Uint32Array;
  largest: Uint32Array;
  finite: Uint8Array;
  length: number;
}

/**
 * Where the smallest and the largest number of each whole block of points are, for blocks of 16, 64, 256 and so on, so
 * that a million points can be drawn without a look at every one of them. What holds anything but finite numbers is to be
 * looked at point by point.
 */
export class ExtremeBlocks {
  readonly #levels: Level[] = [];

  /** Takes in the blocks that end with point `end - 1`, when there are any. */
  take(y: Float64Array, end: number): void {
    if (end % BLOCK !== 0) return;
    for (let level = 0, size = BLOCK; end % size === 0; level++, size *= FACTOR) {
      const block = this.#next(level, size);
      const begin = end - size;
      let [smallest, largest, finite] = [begin, begin, 1];
      if (level === 0) {
        for (let i = begin; i < end; i++) {
          const value = y[i]!;
          if (value - value !== 0) finite = 0;
          if (value < y[smallest]!) smallest = i;
          if (value > y[largest]!) largest = i;
        }
      } else {
        const below = this.#levels[level - 1]!;
        const first = begin / below.size;
        for (let child = first; child < first + FACTOR; child++) {
          if (below.finite[child] === 0) finite = 0;
          if (y[below.smallest[child]!]! < y[smallest]!) smallest = below.smallest[child]!;
          if (y[below.largest[child]!]! > y[largest]!) largest = below.largest[child]!;
        }
      }
      block.smallest[block.length] = smallest;
      block.largest[block.length] = largest;
      block.finite[block.length++] = finite;
    }
  }

  /** The level of the largest whole block of finite numbers that begins with a point and ends before another; -1 for none. */
  levelAt(begin: number, end: number): number {
    let found = -1;
    for (let level = 0; level < this.#levels.length; level++) {
      const { size, length, finite } = this.#levels[level]!;
      const block = begin / size;
      if (begin % size !== 0 || begin + size > end || block >= length || finite[block] === 0) break;
      found = level;
    }
    return found;
  }

  size(level: number): number {
    return this.#levels[level]!.size;
  }

  smallest(level: number, begin: number): number {
    const { smallest, size } = this.#levels[level]!;
    return smallest[begin / size]!;
  }

  largest(level: number, begin: number): number {
    const { largest, size } = this.#levels[level]!;
    return largest[begin / size]!;
  }

  /** A level with room for one more block. */
  #next(level: number, size: number): Level {
    let found = this.#levels[level];
    if (found === undefined) {
      found = {
        size,
        smallest: new Uint32Array(16),
        largest: new Uint32Array(16),
        finite: new Uint8Array(16),
        length: 0,
      };
      this.#levels[level] = found;
    }
    if (found.length === found.finite.length) {
      found.smallest = grown(found.smallest, new Uint32Array(2 * found.length));
      found.largest = grown(found.largest, new Uint32Array(2 * found.length));
      found.finite = grown(found.finite, new Uint8Array(2 * found.length));
    }
    return found;
  }
}

function grown<A extends Uint32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
