import type { Readable } from 'node:stream';
import type { Piece } from './followFile.ts';
import { LineSplitter } from './lineSplitter.ts';

/** The lines of a stream, standard input for example, up to its end or until nobody listens. */
export async function* streamLines(stream: Readable, signal: AbortSignal): AsyncGenerator<Piece> {
  const splitter = new LineSplitter();
  let first = 1;
  // A stream that waits for bytes is only woken by being destroyed.
  const stop = () => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream) {
      const lines = splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer));
      if (lines.length > 0) yield { lines, first };
      first += lines.length;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  const last = splitter.end();
  if (last !== undefined && !signal.aborted) yield { lines: [last], first };
}
