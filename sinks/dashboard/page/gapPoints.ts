import type { NumberColumnBuckets } from '../../../src/formats/webSocket/protocol.ts';

type Point = readonly [row: number, y: number];

/**
 * What can be drawn of rows that do not come one by one: of each bucket a point for each mark, and the extremes where
 * they were. `from` is the first row that is missing, `first` that of the first bucket.
 */
export function* pointsOfBuckets(
  buckets: NumberColumnBuckets,
  from: number,
  first: number,
  size: number,
): Generator<Point> {
  for (const [bucket, min] of buckets.min.entries()) {
    const begin = Math.max(from, first + bucket * size);
    const marks = buckets.marks?.[bucket] ?? 0;
    if (marks & 1) yield [begin, Number.NaN];
    if (marks & 2) yield [begin, Number.POSITIVE_INFINITY];
    if (marks & 4) yield [begin, Number.NEGATIVE_INFINITY];
    if (min === null) continue;
    const low: Point = [Math.max(begin, buckets.minRow[bucket]!), min];
    const high: Point = [Math.max(begin, buckets.maxRow[bucket]!), buckets.max[bucket]!];
    yield* low[0] <= high[0] ? [low, high] : [high, low];
  }
}

/** The step or the time of a row between the first and the last of its bucket, which have rows of their own. */
export function ascendingAt(
  { min, minRow, max, maxRow }: NumberColumnBuckets,
  bucket: number,
  row: number,
): number | undefined {
  const low = min[bucket];
  if (low === null || low === undefined) return undefined;
  const from = minRow[bucket] ?? row;
  const rows = (maxRow[bucket] ?? row) - from;
  return rows <= 0 ? low : low + ((row - from) * ((max[bucket] ?? low) - low)) / rows;
}
