import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_ROWS } from '../../sinks/websocket/columnHistory.ts';
import { FrameMemory } from '../../sinks/websocket/frameMemory.ts';
import { NumberHistory } from '../../sinks/websocket/numberHistory.ts';
import { Place } from '../../sinks/websocket/place.ts';
import { RunFrames } from '../../sinks/websocket/runFrames.ts';
import { RunHistory } from '../../sinks/websocket/runHistory.ts';
import { TextHistory } from '../../sinks/websocket/textHistory.ts';
import type { Gap, NumberColumnBuckets, Rows, TextColumnBuckets } from '../../src/formats/webSocket/protocol.ts';
import { bucketOf, sampleRun } from './websocketClient.ts';

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double() },
  { weight: 3, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  { weight: 3, arbitrary: fc.constant(null) },
);

/** A long series that is dull but for what is planted, so that a bucket's law is about few values. */
const series = fc
  .record({
    length: fc.integer({ min: 1, max: 4 * CHUNK_ROWS }),
    planted: fc.array(fc.tuple(fc.nat(4 * CHUNK_ROWS - 1), value), { maxLength: 60 }),
    dull: fc.constantFrom<number | null>(null, 1, 0.5),
  })
  .map(({ length, planted, dull }) => {
    const values: (number | null)[] = Array.from({ length }, (_, row) => (dull === null ? null : dull + (row % 7)));
    for (const [row, what] of planted) if (row < length) values[row] = what;
    return values;
  });

describe('a column that is thinned', () => {
  it('keeps minimum, maximum, where they were, NaN and the infinities of each bucket', () => {
    fc.assert(
      fc.property(series, fc.nat(3), fc.nat(6), fc.nat(6), (values, chunks, before, more) => {
        const history = new NumberHistory('float64');
        for (const each of values) history.push(each);
        const whole = Math.floor(values.length / CHUNK_ROWS);
        // Coarsened a while, then thinned on, then coarsened again: the order must not matter.
        let thinned = 0;
        const thin = (until: number) => {
          while (thinned < Math.min(until, whole)) {
            history.thinChunk([]);
            thinned++;
          }
        };
        thin(chunks >> 1);
        let size = 64;
        for (let i = 0; i < Math.min(before, more); i++, size *= 2) history.coarsen();
        thin(chunks);
        for (let i = Math.min(before, more); i < more; i++, size *= 2) history.coarsen();
        const left = history.buckets(0, values.length, size) as NumberColumnBuckets | undefined;
        for (let begin = 0, bucket = 0; begin < values.length; begin += size, bucket++) {
          const expected = bucketOf(values, begin, Math.min(values.length, begin + size));
          expect([
            left?.min[bucket] ?? null,
            left?.minRow[bucket] ?? null,
            left?.max[bucket] ?? null,
            left?.maxRow[bucket] ?? null,
            left?.marks?.[bucket] ?? 0,
          ]).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the first and the last text of each bucket', () => {
    const history = new TextHistory();
    const texts = Array.from({ length: 2 * CHUNK_ROWS + 10 }, (_, row) => (row % 100 === 3 ? `at ${row}` : null));
    for (const text of texts) history.push(text);
    history.thinChunk([303]);
    history.coarsen();
    const { first, last } = history.buckets(0, texts.length, 128) as TextColumnBuckets;
    for (const [bucket, text] of first.entries()) {
      const there = texts.slice(bucket * 128, (bucket + 1) * 128).filter((each) => each !== null);
      expect([text, last[bucket]]).toEqual([there[0] ?? null, there.at(-1) ?? null]);
    }
    expect(history.at(303)).toBe('at 303');
    expect(history.bytes).toBeGreaterThan(0);
  });
});

/** What a reader gets from a row on, until it has everything. */
function read(history: RunHistory, from: number, slow = false, lagBytes = 1): (Rows | Gap)[] {
  const terms = { encoding: 'json', every: false, lagBytes, gapBytes: 20_000 } as const;
  const place = new Place(new RunFrames(history, new FrameMemory()), from, terms);
  const messages: (Rows | Gap)[] = [];
  while (place.behind) {
    for (const { data } of place.next(slow)) {
      const message = JSON.parse(String(data)) as Rows | Gap;
      if (message.type === 'rows' || message.type === 'gap') messages.push(message);
    }
  }
  return messages;
}

describe('a run that outgrows its memory', () => {
  const rows = 60_000;
  const budget = 600_000;
  const history = new RunHistory(sampleRun(), budget);
  const losses: number[] = [];
  let largest = 0;
  const run = sampleRun();
  for (let step = 0; step < rows; step++) {
    const loss = step % 9973 === 17 ? Number.NaN : step === 12_345 ? 1e9 : Math.sin(step);
    losses.push(loss);
    history.append({
      run,
      step,
      loss,
      note: null,
      kernel: { lambda: step, fresh: step % 2 === 0 },
      spikes: step % 10_007 === 5 ? { begin: step } : null,
    } as never);
    largest = Math.max(largest, history.bytes);
  }

  it('stays within its budget, to a chunk', () => {
    expect(history.thinnedTo).toBeGreaterThan(20_000);
    // A chunk of four columns of numbers.
    expect(largest).toBeLessThan(budget + 4 * CHUNK_ROWS * 9);
    expect(history.bucketRows).toBeGreaterThanOrEqual(64);
  });

  it.each([0, 1, 63, 64, 20_001])('gives a reader from row %i every row once, whole or in a bucket', (from) => {
    let next = from;
    for (const message of read(history, from)) {
      expect(message.from).toBe(next);
      if (message.type === 'rows') {
        const got = message.columns.loss!.map(Number);
        expect(got).toEqual(losses.slice(next, next + message.count));
        next += message.count;
      } else {
        expect(message).toMatchObject({ reason: 'history', size: history.bucketRows });
        expect(message.first).toBe(message.from - (message.from % message.size));
        const { min, max, marks } = message.columns.loss as NumberColumnBuckets;
        for (const [bucket] of min.entries()) {
          const begin = message.first + bucket * message.size;
          const [low, , high, , mark] = bucketOf(losses, begin, Math.min(message.to, begin + message.size));
          expect([min[bucket], max[bucket], marks?.[bucket] ?? 0]).toEqual([low, high, mark]);
        }
        next = message.to;
      }
    }
    expect(next).toBe(rows);
  });

  it('keeps the rows of events whole, and every report', () => {
    const gaps = read(history, 0).filter((message) => message.type === 'gap');
    const kept = gaps.flatMap(({ exact }) => exact.rows.map((row, index) => [row, exact.columns.loss![index]]));
    const expected = Array.from({ length: 6 }, (_, index) => 5 + index * 10_007).filter(
      (row) => row < history.thinnedTo,
    );
    expect(kept).toEqual(expected.map((row) => [row, losses[row]]));
    expect(history.log.after(0, 1e6).reports).toHaveLength(6);
  });

  it('says so in its hello', () => {
    expect(history.hello(0, 'onager.json.v1').thinned).toEqual({ to: history.thinnedTo, size: history.bucketRows });
  });
});
