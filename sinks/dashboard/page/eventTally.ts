import type { RunEvent } from './runEvent.ts';

/** `3 catapults, 1 divergence`. */
export function tally(events: readonly RunEvent[]): string {
  const counts = new Map<string, number>();
  for (const { what } of events) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${count === 1 ? what : plural(what)}`).join(', ');
}

const uncounted = new Set([
  'undecided',
  'paused',
  'resumed',
  'stopped',
  'refused',
  'rate set',
  'grokking',
  'misgrokking',
  'gradual',
]);

function plural(what: string): string {
  if (uncounted.has(what)) return what;
  return what.endsWith('ch') ? `${what}es` : `${what}s`;
}
