import type { SymbolType } from '@observablehq/plot';
import type { RunEvent } from '../dashboard/page/runEvent.ts';

/** The shape of the marker of an event: on the page, too, verdicts differ in shape as well as in colour. */
export function symbolOf({ kind, what }: RunEvent): { readonly symbol: SymbolType; readonly filled: boolean } {
  if (what === 'divergence' || what === 'refused') return { symbol: 'times', filled: false };
  if (kind === 'control') return { symbol: 'wye', filled: true };
  if (kind === 'transition') return { symbol: 'diamond', filled: true };
  if (what === 'bad batch') return { symbol: 'square', filled: true };
  if (what === 'level shift') return { symbol: 'triangle', filled: true };
  return { symbol: 'circle', filled: what === 'catapult' };
}
