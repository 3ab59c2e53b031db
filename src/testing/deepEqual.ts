/** Throws unless the two are equal through and through, NaN being equal to itself; runs in a browser too. */
export function deepStrictEqual(actual: unknown, expected: unknown): void {
  const difference = differenceOf(actual, expected, '');
  if (difference !== null) throw new Error(difference);
}

function differenceOf(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b) || (a === 0 && b === 0)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return `${path === '' ? 'value' : path} is ${show(a)}; expected ${show(b)}`;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const difference = differenceOf(left[key], right[key], path === '' ? key : `${path}.${key}`);
    if (difference !== null) return difference;
  }
  return null;
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
