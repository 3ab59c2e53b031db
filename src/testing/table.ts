/** Lines up rows under a header: numbers to the right with three decimals, text to the left. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)));
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[], from: readonly (string | number)[] | null): string =>
    row
      .map((cell, i) => (typeof from?.[i] === 'number' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(header, null), ...cells.map((row, i) => line(row, rows[i]!))].join('\n');
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
