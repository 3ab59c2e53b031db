import type { Column } from '../columns.ts';

/** A column of an event group, in a line. */
export function eventColumn(
  name: string,
  type: Column['type'],
  unit: string,
  meaning: string,
  nullable = false,
): Column {
  return { name, type, unit, meaning, nullable };
}
