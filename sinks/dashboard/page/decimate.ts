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
    let end = start + 1;
    if (bucketWidth > 0) {
      const bucket = Math.floor((points.x[start]! - left) / bucketWidth);
      while (end < to && Math.floor((points.x[end]! - left) / bucketWidth) === bucket) end++;
    }
    thin(points, start, end, logarithmic, drawn);
    start = end;
  }
  return drawn;
}

function thin({ x, y }: Points, start: number, end: number, logarithmic: boolean, drawn: Drawn): void {
  let first = -1;
  let smallest = -1;
  let largest = -1;
  let last = -1;
  let seen = 0;
  for (let i = start; i < end; i++) {
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

/** Drawn series over their common x, as uPlot takes them; undefined where a series has no point. */
export function align(all: readonly Drawn[]): [number[], ...(number | null | undefined)[][]] {
  const merged = all.flatMap(({ x }) => x).sort((a, b) => a - b);
  const x = merged.filter((value, index) => index === 0 || value !== merged[index - 1]);
  const columns = all.map((drawn) => {
    let next = 0;
    return x.map((value) => (drawn.x[next] === value ? drawn.y[next++] : undefined));
  });
  return [x, ...columns];
}
