import { z } from 'zod';
import { type ColumnDescription, elementOf, isGroup, isVector } from '../../columns.ts';
import { Run, type RunMetadata } from '../../run.ts';

/** The key of the first line: readers that do not know it find no field there that they look for. */
export const headerKey = 'onager';

/** Version of what the header says. */
const format = '1';

const Column = z.object({
  name: z.string(),
  type: z.enum(['float64', 'int32', 'bool', 'utf8']),
  unit: z.string(),
  meaning: z.string(),
  nullable: z.boolean().optional(),
  axis: z.literal('log').optional(),
});
const Group = z.object({
  name: z.string(),
  meaning: z.string(),
  nullable: z.boolean().optional(),
  role: z.enum(['event', 'vector']).optional(),
  get columns() {
    return z.array(z.union([Group, Column]));
  },
});
const Header = z.object({
  format: z.literal(format),
  run: z.string(),
  // As it is: zod leaves out keys that it takes for dangerous.
  metadata: z.custom<RunMetadata>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  columns: z.array(z.union([Group, Column])).refine((columns) => vectorsAreWhole(columns as ColumnDescription[])),
});

/** The first line of a file: the run and its columns. */
export function headerLine(run: Pick<Run, 'name' | 'metadata' | 'columns'>): string {
  return JSON.stringify({
    [headerKey]: { format, run: run.name, metadata: run.metadata, columns: run.columns },
  });
}

/**
 * The run that a first line describes; undefined for any other line.
 * @throws {Error} when it has the key of a header and is none
 */
export function runOfHeader(line: { readonly [key: string]: unknown }): Run | undefined {
  const header = line[headerKey];
  if (header === undefined) return undefined;
  const { success, data } = Header.safeParse(header);
  if (!success) throw new Error(`its first line has the key '${headerKey}' but is no header of this version`);
  return new Run(data.run, data.columns as readonly ColumnDescription[], data.metadata);
}

/** Whether the columns of each vector can be its elements. */
function vectorsAreWhole(columns: readonly ColumnDescription[]): boolean {
  return columns.filter(isGroup).every((group) => {
    if (!isVector(group)) return vectorsAreWhole(group.columns);
    try {
      elementOf(group);
      return true;
    } catch {
      return false;
    }
  });
}
