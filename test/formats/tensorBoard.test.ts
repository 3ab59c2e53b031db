import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent } from '../../src/formats/tensorBoard/event.ts';
import { type Frame, FrameReader, framed } from '../../src/formats/tensorBoard/recordFrame.ts';

const anyData = fc.uint8Array({ maxLength: 60 });
const anyEvent = fc.record({
  wallTime: fc.double({ noNaN: true }),
  step: fc.maxSafeInteger(),
  scalars: fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.float()), { maxLength: 4 }),
  texts: fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { maxLength: 2 }),
});

/** The frames of bytes that come in pieces of the given sizes, over and over. */
function inPieces(bytes: Uint8Array, sizes: readonly number[]): { frames: Frame[]; reader: FrameReader } {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  const buffer = Buffer.alloc(64);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + sizes[turn % sizes.length]!);
    // The same buffer every time, as a file is read.
    buffer.set(piece);
    frames.push(...reader.push(buffer.subarray(0, piece.length)));
    at += piece.length;
  }
  return { frames, reader };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('the record format', () => {
  it('gives back every record, whatever the pieces in which the bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(anyData, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 4 }),
        (records, sizes) => {
          const { frames, reader } = inPieces(joined(records.map(framed)), sizes);
          expect(frames.map((frame) => frame.kind === 'record' && frame.data)).toEqual(records);
          expect(reader.partial).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never takes damaged bytes for a record: 100 000 flipped, cut or inserted bytes', () => {
    const records = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(40).fill(7)];
    const whole = joined(records.map(framed));
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom('flip', 'cut', 'insert'),
        (at, byte, how) => {
          const bytes =
            how === 'cut'
              ? whole.subarray(0, at)
              : how === 'insert'
                ? joined([whole.subarray(0, at), new Uint8Array([byte]), whole.subarray(at)])
                : whole.map((old, index) => (index === at ? old ^ byte : old));
          for (const frame of new FrameReader().push(bytes)) {
            if (frame.kind !== 'record') continue;
            const index = [0, 19, 35].indexOf(frame.position);
            if (!records[index]?.every((value, place) => frame.data[place] === value)) throw new Error(`at ${at}`);
          }
        },
      ),
      { numRuns: 100_000 },
    );
  });

  it('says where it is lost, and that a record is still to be completed', () => {
    const bytes = joined([framed(new Uint8Array([1])), framed(new Uint8Array([2]))]);
    const cut = new FrameReader();
    expect(cut.push(bytes.subarray(0, 20))).toHaveLength(1);
    expect([cut.partial, cut.position]).toEqual([true, 17]);
    expect(cut.push(bytes.subarray(20))).toMatchObject([{ kind: 'record', position: 17 }]);
    bytes[17] = 3;
    const lost = new FrameReader();
    expect(lost.push(bytes)).toMatchObject([{ kind: 'record' }, { kind: 'lost', position: 17 }]);
    expect(lost.push(framed(new Uint8Array([1])))).toEqual([]);
  });

  it('passes over a record of more bytes than it keeps, without keeping them', () => {
    const large = framed(new Uint8Array((1 << 24) + 1));
    const reader = new FrameReader();
    const frames: Frame[] = [];
    for (let at = 0; at < large.length; at += 1 << 18) frames.push(...reader.push(large.subarray(at, at + (1 << 18))));
    frames.push(...reader.push(framed(new Uint8Array([9]))));
    expect(frames.map(({ kind }) => kind)).toEqual(['large', 'record']);
  });
});

describe('an event', () => {
  it('has the scalars it was given, as float32', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { scalars, step, wallTime } = decodeEvent(encodeEvent(event));
        expect({ scalars, step, wallTime }).toEqual({
          step: event.step,
          wallTime: event.wallTime,
          scalars: event.scalars,
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('beyond float32 becomes infinite', () => {
    const bytes = encodeEvent({ wallTime: 0, step: 0, scalars: [['loss', 1e300]], texts: [] });
    expect(decodeEvent(bytes).scalars).toEqual([['loss', Number.POSITIVE_INFINITY]]);
  });

  it('is read or refused, whatever the bytes: 100 000 of them', () => {
    const whole = encodeEvent({ wallTime: 1, step: 2, scalars: [['loss', 3]], texts: [['a', 'b']] });
    const damaged = fc
      .tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }))
      .map(([at, byte]) => whole.map((old, index) => (index === at ? byte : old)));
    fc.assert(
      fc.property(fc.oneof(anyData, damaged), (bytes) => {
        try {
          const { scalars } = decodeEvent(bytes);
          for (const [tag, value] of scalars)
            if (tag === '' || typeof value !== 'number') throw new TypeError('scalar');
        } catch (error) {
          if (!(error instanceof Error) || error instanceof TypeError) throw error;
        }
      }),
      { numRuns: 100_000 },
    );
  });
});
