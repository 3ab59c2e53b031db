import type { SeedGroup } from './seedGroup.ts';
import { swatchOf } from './swatch.ts';
import { tableCell } from './tableCell.ts';

/** The row of the table of runs that tells the mean over the seeds of a group. */
export function meanRow(
  { name }: SeedGroup,
  cells: readonly string[],
  names: readonly string[],
  color: string | undefined,
): HTMLElement {
  const row = document.createElement('tr');
  row.className = 'mean';
  row.append(
    tableCell('Show', swatchOf(color)),
    tableCell('Run', `Mean: ${name}`),
    ...cells.map((text, index) => tableCell(names[index]!, text)),
  );
  return row;
}
