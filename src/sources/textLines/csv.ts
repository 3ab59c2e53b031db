import { fieldLimit, type LineParser, Malformed, type TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

const separators = [',', ';', '\t'];

/**
 * Comma-separated values (RFC 4180) with a header; semicolons and tabs do as well. Quoted cells may hold the separator
 * and doubled quotes, but no line break. An empty cell is null. A header that comes again is passed over.
 */
export function csvParser(): LineParser {
  let header: readonly string[] | undefined;
  let headerLine = '';
  let separator = ',';
  return (line) => {
    if (line.trim() === '') return null;
    if (header === undefined) {
      separator = mostFrequent(line);
      const names = cellsOf(line, separator)?.map((name) => name.trim());
      if (names === undefined || names.length > fieldLimit || names.some((name) => textNumber(name) !== undefined))
        return new Malformed('expected a header, the names of the columns');
      header = names;
      headerLine = line;
      return null;
    }
    if (line === headerLine) return null;
    const cells = cellsOf(line, separator);
    if (cells === undefined) return new Malformed('expected a closing quote');
    if (cells.length !== header.length) return new Malformed(`expected ${header.length} cells, got ${cells.length}`);
    const record: Record<string, TextValue> = {};
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!.trim();
      if (header[i] !== '') record[header[i]!] = cell === '' ? null : (textNumber(cell) ?? cell);
    }
    return record;
  };
}

function mostFrequent(line: string): string {
  const count = (separator: string) => line.split(separator).length;
  return separators.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/** Undefined when a quote is not closed. */
function cellsOf(line: string, separator: string): string[] | undefined {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  for (let at = 0; ; ) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      cells.push(line.slice(at, end === -1 ? undefined : end));
      if (end === -1) return cells;
      at = end + 1;
      continue;
    }
    let cell = '';
    for (at++; ; ) {
      const quote = line.indexOf('"', at);
      if (quote === -1) return undefined;
      cell += line.slice(at, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      cell += '"';
      at++;
    }
    cells.push(cell);
    if (line[at] !== separator) return at >= line.length ? cells : undefined;
    at++;
  }
}
