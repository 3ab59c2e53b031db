import type { Row } from '../../step.ts';

type Group = Record<string, unknown>;

/** What lies at a path below a row; null or undefined where the path ends early. */
export function valueAt(row: Row, path: readonly string[]): unknown {
  return path.reduce<unknown>((within, name) => (within as Group | null | undefined)?.[name], row);
}

/** Puts a value at a path below a row, unless a group on the way is null. */
export function putAt(row: Row, path: readonly string[], value: unknown): void {
  const group = valueAt(row, path.slice(0, -1));
  if (typeof group === 'object' && group !== null) (group as Group)[path.at(-1)!] = value;
}
