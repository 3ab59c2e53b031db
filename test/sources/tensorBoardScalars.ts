import { decodeEvent } from '../../src/formats/tensorBoard/event.ts';
import { FrameReader } from '../../src/formats/tensorBoard/recordFrame.ts';

/** The scalars of an event file, an entry for each event that has some. */
export function scalarsOf(bytes: Uint8Array) {
  return new FrameReader().push(bytes).flatMap((frame) => {
    if (frame.kind !== 'record') throw new Error(`a frame that is ${frame.kind}`);
    const { step, scalars } = decodeEvent(frame.data);
    return scalars.length === 0 ? [] : [{ step, found: scalars }];
  });
}
