import type { IncomingMessage } from 'node:http';
import { addressOf } from './addressOf.ts';
import type { Follow } from './viewer.ts';

/** What a client asks for in the address it connects to. */
export interface ConnectionRequest {
  readonly follow: Follow;
  /** The row to go on from, by run. */
  readonly places: ReadonlyMap<string, number>;
  readonly every: boolean;
}

/** Runs that one address can name. */
const MOST_PLACES = 64;

/**
 * Reads `/?follow=none&at=ID:1200&at=ID:0&missed=every`; `run=ID&from=1200` says the same as `at=ID:1200`. What cannot
 * be read counts as not said: the client gets more than it asked for, never less.
 */
export function connectionRequest(request: IncomingMessage): ConnectionRequest {
  const asked = addressOf(request)?.searchParams ?? new URLSearchParams();
  const places = new Map<string, number>();
  const run = asked.get('run');
  const named = asked.getAll('at');
  if (run !== null) named.push(`${run}:${asked.get('from') ?? 0}`);
  for (const place of named.slice(0, MOST_PLACES)) {
    const [, id, from] = /^([\w-]{1,64}):(.*)$/.exec(place) ?? [];
    if (id !== undefined) places.set(id, rowNumber(from!));
  }
  const follow = asked.get('follow');
  return {
    follow: follow === 'all' || follow === 'none' ? follow : 'latest',
    places,
    every: asked.get('missed') === 'every',
  };
}

function rowNumber(text: string): number {
  const row = Number(text);
  return text !== '' && Number.isSafeInteger(row) && row >= 0 ? row : 0;
}
