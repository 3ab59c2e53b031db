import type { Json } from '../run.ts';

const words = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => [String(value), value]),
);

/** A number found in a result, and the way to it: `testLoss.after`. */
export type ResultNumbers = ReadonlyMap<string, number>;

/** Every number of a result by its path, those that were written as text included; what lies in arrays is left out. */
export function resultNumbers(result: { readonly [name: string]: Json }): ResultNumbers {
  const found = new Map<string, number>();
  const visit = (group: { readonly [name: string]: Json }, prefix: string) => {
    for (const [name, value] of Object.entries(group)) {
      const number = typeof value === 'number' ? value : words.get(value as string);
      if (number !== undefined) found.set(prefix + name, number);
      else if (isGroup(value)) visit(value, `${prefix}${name}.`);
    }
  };
  visit(result, '');
  return found;
}

function isGroup(value: Json): value is { readonly [name: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
