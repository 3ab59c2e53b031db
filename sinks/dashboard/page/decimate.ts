import { BLOCK, type ExtremeBlocks } from './extremeBlocks.ts';
import { firstAtOrAfter } from './series.ts';

/** What cannot be drawn as a point: not finite, or not positive where the axis is logarithmic. */
export type Undrawable = 'NaN' | 'Infinity' | '-Infinity' | 'not positive';

export interface Mark {
  readonly x: number;
  readonly kind: Undrawable;
}

/** Points to draw, in the order of x. A null breaks the line: there is a value, but no point for it. */
export interface Drawn {
  readonly x: number[];
  readonly y: (number | null)[];
  readonly marks: Mark[];
}

export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly length: number;
  /** The extremes of y by block, where they are known. */
  readonly blocks?: ExtremeBlocks;
}

export interface Window {
  readonly left: number;
  readonly right: number;
  /** How many columns of pixels there are to draw into. */
  readonly buckets: number;
  readonly logarithmic: boolean;
}

/**
 * Thins points out to what can be seen: of each bucket the first, the smallest, the largest and the last
 * point, so that the line looks the same and no spike is lost, however short; and of what cannot be drawn,
 * one mark of each kind. One point on each side of the window is kept, for the line to run on.
 * x must ascend.
 */
export function decimate(points: Points, { left, right, buckets, logarithmic }: Window): Drawn {
  const from = Math.max(0, firstAtOrAfter(points.x, points.length, left) - 1);
  const to = Math.min(points.length, firstAtOrAfter(points.x, points.length, right) + 2);
  const drawn: Drawn = { x: [], y: [], marks: [] };
  const bucketWidth = (right - left) / buckets;
  let start = from;
  while (start < to) {
    const end = bucketWidth > 0 ? endOfBucket(points.x, start, to, left, bucketWidth) : start + 1;
    thin(points, start, end, logarithmic, drawn);
    start = end;
  }
  return drawn;
}

/** The first point after `start`, of those before `to`, that lies in another bucket. */
function endOfBucket(x: Float64Array, start: number, to: number, left: number, width: number): number {
  const bucket = Math.floor((x[start]! - left) / width);
  let stride = 1;
  let low = start + 1;
  while (low < to && Math.floor((x[low]! - left) / width) === bucket) {
    low += stride;
    stride *= 2;
  }
  let high = Math.min(low, to);
  low = Math.max(start + 1, low - stride / 2 + 1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Math.floor((x[middle]! - left) / width) === bucket) low = middle + 1;
    else high = middle;
  }
  return high;
}

function thin({ x, y, blocks }: Points, start: number, end: number, logarithmic: boolean, drawn: Drawn): void {
  let first = -1;
  let smallest = -1;
  let largest = -1;
  let last = -1;
  let seen = 0;
  for (let i = start; i < end; i++) {
    const level = blocks === undefined || i % BLOCK !== 0 ? -1 : blocks.levelAt(i, end);
    const lowest = level < 0 ? -1 : blocks!.smallest(level, i);
    if (lowest >= 0 && !(logarithmic && y[lowest]! <= 0)) {
      const highest = blocks!.largest(level, i);
      if (first < 0) first = smallest = largest = i;
      if (y[lowest]! < y[smallest]!) smallest = lowest;
      if (y[highest]! > y[largest]!) largest = highest;
      i += blocks!.size(level) - 1;
      last = i;
      continue;
    }
    const kind = undrawable(y[i]!, logarithmic);
    if (kind === undefined) {
      if (first < 0) first = smallest = largest = i;
      if (y[i]! < y[smallest]!) smallest = i;
      if (y[i]! > y[largest]!) largest = i;
      last = i;
    } else if ((seen & bitOf[kind]) === 0) {
      seen |= bitOf[kind];
      drawn.marks.push({ x: x[i]!, kind });
    }
  }
  if (first !== start) put(x[start]!, null, drawn);
  if (first >= 0) {
    const [early, late] = smallest < largest ? [smallest, largest] : [largest, smallest];
    put(x[first]!, y[first]!, drawn);
    if (early !== first) put(x[early]!, y[early]!, drawn);
    if (late !== early && late !== first) put(x[late]!, y[late]!, drawn);
    if (last !== late && last !== early && last !== first) put(x[last]!, y[last]!, drawn);
    if (last !== end - 1) put(x[end - 1]!, null, drawn);
  }
}

const bitOf: Readonly<Record<Undrawable, number>> = { NaN: 1, Infinity: 2, '-Infinity': 4, 'not positive': 8 };

function undrawable(value: number, logarithmic: boolean): Undrawable | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  if (value === Number.NEGATIVE_INFINITY) return '-Infinity';
  return logarithmic && value <= 0 ? 'not positive' : undefined;
}

function put(x: number, y: number | null, drawn: Drawn): void {
  drawn.x.push(x);
  drawn.y.push(y);
}

/**
 * Drawn series over their common x, as uPlot takes them; undefined where a series has no point. Points of one series
 * that share an x, as where the rate is 0 and continuous time stands still, all stay.
 */
export function align(all: readonly Drawn[]): [number[], ...(number | null | undefined)[][]] {
  const x: number[] = [];
  const columns: (number | null | undefined)[][] = all.map(() => []);
  const next = new Uint32Array(all.length);
  // The place of the next point of each; infinite for those that have no more.
  const heads = Float64Array.from(all, (drawn) => drawn.x[0] ?? Number.POSITIVE_INFINITY);
  for (;;) {
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < heads.length; k++) if (heads[k]! < least) least = heads[k]!;
    if (least === Number.POSITIVE_INFINITY) return [x, ...columns];
    x.push(least);
    for (let k = 0; k < heads.length; k++) {
      if (heads[k] !== least) {
        columns[k]!.push(undefined);
        continue;
      }
      const drawn = all[k]!;
      const at = next[k]!;
      columns[k]!.push(drawn.y[at]);
      next[k] = at + 1;
      heads[k] = drawn.x[at + 1] ?? Number.POSITIVE_INFINITY;
    }
  }
}
