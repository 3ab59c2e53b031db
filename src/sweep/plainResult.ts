import type { Json } from '../run.ts';

/** A result with its not-a-numbers and infinities as text: JSON has no number for them, and they are not to be lost. */
export function plainResult(result: { readonly [name: string]: Json }): { readonly [name: string]: Json } {
  return plain(result) as { readonly [name: string]: Json };
}

function plain(value: Json): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
